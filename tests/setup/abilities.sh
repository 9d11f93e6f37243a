# Part of tests/run: what this machine lets its user do. Each ability is tried once, and the tests that need one
# that is missing are skipped by name: those whose `#[ignore = "needs ..."]` has the ability's words.

try_abilities() {
    mkdir "$work/machine"
    if ! try strace -o /dev/null true; then
        without strace "STRACE"
    elif ! try try_to_look_into_a_program; then
        without "strace with CAP_SYS_PTRACE" "STRACE THAT LOOKS INTO A PROGRAM"
    fi
    try try_mount || without "a mount of" "A FULL DISK"
    try unshare --mount true || without "a mount namespace" "A FILE OF HOSTS, THE README'S DEPLOYMENT"
    try unshare --mount --net sh tests/harness/web/machine.sh "$work/machine" check ||
        without "a machine of its own" "THE DISTRIBUTIONS' OWN CONFIGURATIONS"
    rm -rf "$work/machine"
}

# Our programs forbid a look into their memory, and strace then sees addresses where they name files.
try_to_look_into_a_program() {
    strace -e trace=readlink,readlinkat -o "$work/trace" /usr/bin/python3 -c 'import ctypes, os
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) # PR_SET_DUMPABLE
os.readlink("/proc/self/exe")' && grep -q /proc/self/exe "$work/trace" || { echo "no CAP_SYS_PTRACE"; return 1; }
}

try_mount() {
    mount -t tmpfs tmpfs "$work/machine" && umount "$work/machine"
}

# Runs a command. Where it fails, $why is the last line that it said, in capitals.
try() { # COMMAND...
    ! "$@" >"$work/tried" 2>&1 || return 0
    why=$(sed '/dmesg(1)/d' "$work/tried" | tail -n 1 | tr '[:lower:]' '[:upper:]')
    why=${why:-"$1 FAILED"}
    return 1
}

# Skips what needs WORDS, because of $why.
without() { # WORDS WHAT
    names=$(tests_that_need "$1")
    [ -n "$names" ] || { echo "no test needs $1: tests/setup/abilities.sh is out of date" >&2; exit 1; }
    for name in $names; do
        skipped="$skipped --skip $name"
    done
    echo "SKIPPED: $2 ($(echo "$names" | wc -l) TESTS): $why" | tee -a "$work/skipped"
}

# The names of the ignored tests whose reason has WORDS in it.
tests_that_need() { # WORDS
    find tests -name '*.rs' -exec awk -v words="$1" '
        /#\[ignore = / { needs = index($0, words) }
        needs && /^ *fn / { sub(/^ *fn /, ""); sub(/\(.*/, ""); print; needs = 0 }' {} +
}
