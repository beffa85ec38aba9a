"""Hold what the standard litmus tests showed on one machine, for lessons where there is no C compiler."""

WHERE = "recorded on x86-64, 2 processors, in a virtual machine."
ROUNDS = {  # name -> the lines that the C program printed: how many rounds, and the numbers with which they ended
    "SB": """
94013 0 0
263319 1 0
399859 0 1
8709 1 1
""",
    "SB, fences": """
218988 1 0
407901 0 1
80011 1 1
""",
    "n6": """
41953 1 0 1
242187 1 1 1
435087 1 0 2
30572 1 1 2
1 2 1 2
""",
    "MP": """
344019 0 0
30770 0 1
441411 1 1
""",
    "LB": """
93468 0 0
196585 1 0
364347 0 1
""",
    "WRC": """
287570 0 0 0
4100 1 0 0
4230 0 1 0
2000 1 0 1
3656 0 1 1
287644 1 1 1
""",
    "IRIW": """
216167 0 0 0 0
3603 1 0 0 0
1532 0 1 0 0
93478 1 1 0 0
2120 0 0 1 0
167696 0 1 1 0
1800 1 1 1 0
2101 0 0 0 1
47156 1 0 0 1
963 1 1 0 1
66904 0 0 1 1
2891 1 0 1 1
1780 0 1 1 1
277209 1 1 1 1
""",
    "n5": """
1 1 1
775399 1 2
""",
    "Peterson": """
135120 0 0
214550 1 0
407932 0 1
8798 1 1
""",
}
