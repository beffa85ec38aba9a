"""The names of mistakes in concurrent programs, and what each says to a reader who meets it for the first time."""

LOST_UPDATE, TORN_READ, CHECK_THEN_ACT = "lost update", "torn read", "check-then-act"
LOST_WAKE_UP, CIRCULAR_WAIT, UNSAFE_PUBLICATION = "lost wake-up", "circular wait", "unsafe publication"
MISSING_FENCE, WRONG_LOCK, MISSING_RELEASE = "missing fence", "wrong lock", "missing release"
STALE_CHECK = "stale check after wake-up"
EXPLAINED = {  # what to look at
    LOST_UPDATE: "Between a load and its store another process stores, and what that one changed is overwritten.",
    TORN_READ: "What belongs together is read while another process has stored one part of it and not yet the other.",
    CHECK_THEN_ACT: "What was looked at has changed by the time it is acted upon: nothing holds the two together.",
    LOST_WAKE_UP: "The wake-up comes while nobody waits for it, and whoever begins to wait afterwards waits for ever.",
    CIRCULAR_WAIT: "Each holds what another one waits for.",
    UNSAFE_PUBLICATION: "Others see that it is ready before they see all that was stored before.",
    MISSING_FENCE: "A store waits in its processor's buffer while the same process already loads what comes after it.",
    WRONG_LOCK: "Both hold a lock meanwhile, and not the same one.",
    MISSING_RELEASE: "What was acquired is not released on this way through the function.",
    STALE_CHECK: "A wake-up is no promise: by the time it returns, the condition may be false again.",
}
