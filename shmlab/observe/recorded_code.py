"""Hold what gcc 12 made of the functions of lessons 10 and 13 on x86-64 Linux, for readers without a compiler."""

CODE = {
    (
        "void add_three(int *counter) { *counter += 1; *counter += 1; *counter += 1; }",
        "-O0",
    ): """
  0  push   %rbp
  1  mov    %rsp,%rbp
  4  mov    %rdi,-0x8(%rbp)
  8  mov    -0x8(%rbp),%rax
  c  mov    (%rax),%eax
  e  lea    0x1(%rax),%edx
 11  mov    -0x8(%rbp),%rax
 15  mov    %edx,(%rax)
 17  mov    -0x8(%rbp),%rax
 1b  mov    (%rax),%eax
 1d  lea    0x1(%rax),%edx
 20  mov    -0x8(%rbp),%rax
 24  mov    %edx,(%rax)
 26  mov    -0x8(%rbp),%rax
 2a  mov    (%rax),%eax
 2c  lea    0x1(%rax),%edx
 2f  mov    -0x8(%rbp),%rax
 33  mov    %edx,(%rax)
 36  pop    %rbp
 37  ret
""",
    (
        "void add_three(int *counter) { *counter += 1; *counter += 1; *counter += 1; }",
        "-O2",
    ): """
  0  addl   $0x3,(%rdi)
  3  ret
""",
    (
        "void add_three(_Atomic int *counter) { *counter += 1; *counter += 1; *counter += 1; }",
        "-O2",
    ): """
  0  lock addl $0x1,(%rdi)
  4  lock addl $0x1,(%rdi)
  8  lock addl $0x1,(%rdi)
  c  ret
""",
    (
        "void wait_until_up(int *flag) { while (*flag == 0) { } }",
        "-O0",
    ): """
  0  push   %rbp
  1  mov    %rsp,%rbp
  4  mov    %rdi,-0x8(%rbp)
  9  mov    -0x8(%rbp),%rax
  d  mov    (%rax),%eax
  f  test   %eax,%eax
 11  je     9
 15  pop    %rbp
 16  ret
""",
    (
        "void wait_until_up(int *flag) { while (*flag == 0) { } }",
        "-O2",
    ): """
  0  mov    (%rdi),%eax
  2  test   %eax,%eax
  4  jne    10
  6  jmp    6
 10  ret
""",
    (
        "void wait_until_up(_Atomic int *flag) { while (*flag == 0) { } }",
        "-O2",
    ): """
  0  mov    (%rdi),%eax
  2  test   %eax,%eax
  4  je     0
  6  ret
""",
    (
        "#include <stdatomic.h> int P0(volatile _Atomic int *x, volatile _Atomic int *y) { "
        "atomic_store_explicit(x, 1, memory_order_relaxed); atomic_thread_fence(memory_order_seq_cst); "
        "return atomic_load_explicit(y, memory_order_relaxed); }",
        "-O2",
    ): """
  0  movl   $0x1,(%rdi)
  6  lock orq $0x0,(%rsp)
  c  mov    (%rsi),%eax
  e  ret
""",
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); memset(password, 0, sizeof password); return length; }",
        "-O0",
    ): """
  0  push   %rbp
  1  mov    %rsp,%rbp
  4  sub    $0x120,%rsp
  b  mov    %edi,-0x114(%rbp)
 11  lea    -0x110(%rbp),%rcx
 18  mov    -0x114(%rbp),%eax
 1e  mov    $0x100,%edx
 23  mov    %rcx,%rsi
 26  mov    %eax,%edi
 28  call   read
 2d  mov    %rax,-0x8(%rbp)
 31  lea    -0x110(%rbp),%rax
 38  mov    $0x100,%edx
 3d  mov    $0x0,%esi
 42  mov    %rax,%rdi
 45  call   memset
 4a  mov    -0x8(%rbp),%rax
 4e  leave
 4f  ret
""",
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); memset(password, 0, sizeof password); return length; }",
        "-O2",
    ): """
  0  sub    $0x108,%rsp
  7  mov    $0x100,%edx
  c  mov    %rsp,%rsi
  f  call   read
 14  add    $0x108,%rsp
 1b  ret
""",
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); explicit_bzero(password, sizeof password); return length; }",
        "-O2",
    ): """
  0  push   %rbp
  1  mov    $0x100,%edx
  6  push   %rbx
  7  sub    $0x108,%rsp
  e  mov    %rsp,%rbp
 11  mov    %rbp,%rsi
 14  call   read
 19  mov    %rbp,%rdi
 1c  mov    $0x100,%esi
 21  mov    %rax,%rbx
 24  call   explicit_bzero
 29  add    $0x108,%rsp
 30  mov    %rbx,%rax
 33  pop    %rbx
 34  pop    %rbp
 35  ret
""",
}

LEFT = {
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); memset(password, 0, sizeof password); return length; }",
        "-O0",
    ): "gone",
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); memset(password, 0, sizeof password); return length; }",
        "-O2",
    ): "still there",
    (
        "#include <string.h> #include <unistd.h> long ask(int from) { char password[256]; long length = "
        "read(from, password, sizeof password); explicit_bzero(password, sizeof password); return length; }",
        "-O2",
    ): "gone",
}

BACK = {
    ("void wait_until_up(int *flag) { while (*flag == 0) { } }", "-O0"): "It came back when the flag was up.",
    (
        "void wait_until_up(int *flag) { while (*flag == 0) { } }",
        "-O2",
    ): "It was still in its loop when the flag had been up for a second.",
    ("void wait_until_up(_Atomic int *flag) { while (*flag == 0) { } }", "-O2"): "It came back when the flag was up.",
}
