# Part of tests/run: what must be the same after it as it was before.

# Services that start with the machine, as links, so that it works without systemd.
services() {
    find /etc/systemd /etc/rc?.d -type l 2>/dev/null | sort
}

# Listening TCP ports, "ADDRESS:PORT inode", in hexadecimal as the kernel has them.
ports() {
    awk '$4 == "0A" { print $2, $10 }' /proc/net/tcp /proc/net/tcp6 | sort
}

# Processes of ours: what runs an executable of target/, or was given a file of a test.
processes() {
    for process in /proc/[0-9]*; do
        {
            readlink "$process/exe" || true
            tr '\0' ' ' <"$process/cmdline" || true
        } 2>/dev/null | grep -qF -e "$work" -e "$root/target/" || continue
        echo "${process#/proc/} $(cat "$process/comm" 2>/dev/null)"
    done
}

# A port that another program of this machine opened meanwhile is not ours.
new_ports() {
    ports | comm -13 "$work/ports.before" - | while read -r address inode; do
        owner=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1 | cut -d / -f 3)
        case " $(processes | cut -d ' ' -f 1 | tr '\n' ' ') " in
            *" ${owner:-unknown} "*) echo "$address" ;;
        esac
    done
}

left_behind() {
    services | diff "$work/services.before" - || true
    processes
    new_ports
    # The servers' folders are removed as they end.
    find "$work/tmp" -mindepth 1
}

# A server that the tests shared is told to end when their program has ended, and
# killed 10 s later (tests/harness/process.rs): what is left after 20 s is left for good.
check_traces() {
    for _ in $(seq 20); do
        left_behind >"$work/left"
        [ -s "$work/left" ] || break
        sleep 1
    done
    if [ -s "$work/left" ]; then
        echo "left behind (services, processes, ports, files):" >&2
        cat "$work/left" >&2
        return 1
    fi
    echo "no process, no listening port, no file and no service is left: $(services | wc -l) are enabled, as before"
}
