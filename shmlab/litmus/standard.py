"""Define the standard litmus tests for x86. Names and verdicts: Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, x86-TSO
(CACM 53:7, 2010), sections 2 and 3, with the numbers that Intel's manual has for them (volume 3A, section 8.2.3).
"""

from shmlab.litmus.litmus_test import Litmus

SB = Litmus("SB", ("x = 1; r0 = y", "y = 1; r1 = x"), "r0 = 0, r1 = 0")  # store buffering; 8-3
SB_FENCES = Litmus("SB, fences", ("x = 1; fence(); r0 = y", "y = 1; fence(); r1 = x"), "r0 = 0, r1 = 0")  # amd5
MP = Litmus("MP", ("x = 1; y = 1", "r0 = y; r1 = x"), "r0 = 1, r1 = 0")  # message passing; 8-1
LB = Litmus("LB", ("r0 = x; y = 1", "r1 = y; x = 1"), "r0 = 1, r1 = 1")  # load buffering; 8-2
N6 = Litmus("n6", ("x = 1; r0 = x; r1 = y", "y = 1; x = 2"), "r0 = 1, r1 = 0, x = 1")
N5 = Litmus("n5", ("x = 1; r0 = x", "x = 2; r1 = x"), "r0 = 2, r1 = 1")
WRC = Litmus("WRC", ("x = 1", "r0 = x; y = 1", "r1 = y; r2 = x"), "r0 = 1, r1 = 1, r2 = 0")  # write to read; 8-6
IRIW = Litmus(  # independent reads of independent writes; 8-7
    "IRIW", ("x = 1", "y = 1", "r0 = x; r1 = y", "r2 = y; r3 = x"), "r0 = 1, r1 = 0, r2 = 1, r3 = 0"
)
PETERSON = Litmus(  # how both come into his lock: their flags are x and y, and t says who gives way
    "Peterson", ("x = 1; t = 2; r0 = y", "y = 1; t = 1; r1 = x"), "r0 = 0, r1 = 0"
)
STANDARD = (SB, SB_FENCES, N6, MP, LB, WRC, IRIW, N5)

# Whether the architecture of Arm (v8 and later) lets it end so, where loads and stores are plain ones. Source: Arm
# Architecture Reference Manual for A-profile, B2.3; Pulte et al., Simplifying ARM Concurrency (POPL 2018).
ARM_ALLOWS = {
    "SB": True,
    "SB, fences": False,
    "n6": True,
    "MP": True,
    "LB": True,
    "WRC": True,
    "IRIW": True,
    "n5": False,
}
