"""What the standard litmus tests showed on one machine: for lessons where there is no C compiler."""

WHERE = "recorded on x86-64, 2 processors, in a virtual machine."
ROUNDS = {}  # name -> the lines that the C program printed
