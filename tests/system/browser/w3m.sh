#!/bin/sh
# w3m.sh PAGE LOGIN_NAME PASSWORD AUTHORITY FOLDER
#
# A visitor's walk in w3m, with the keys of its user, in a terminal that tmux keeps: PAGE is the protected page's
# URL over TLS with a query, AUTHORITY the certificate that signs the server's. FOLDER takes each screen.
set -eu
page=$1 name=$2 password=$3 authority=$4 folder=$5
screens=0

tmux() { command tmux -S "$folder/tmux" -f /dev/null "$@"; }
screen() { tmux capture-pane -p; }
keys() { tmux send-keys "$@"; }
typed() { tmux send-keys -l "$1"; tmux send-keys Enter; }

# Waits until the screen has a text, and keeps it.
shows() { # TEXT WHAT
    tries=0
    while ! screen | grep -qF -- "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ]; then
            echo "w3m does not show \"$1\" ($2):" >&2
            screen >&2
            exit 1
        fi
        sleep 0.1
    done
    screens=$((screens + 1))
    screen >"$folder/$screens-$(echo "$2" | tr ' ' -).txt"
    echo "ok  w3m: $2"
}

# Tab until the cursor is at a link or a button.
tab_to() { # TEXT
    tries=0
    until case $(at_cursor after) in "$1"*) true ;; *) false ;; esac; do
        press_tab "$1"
    done
}

# Tab until the cursor is in the next field to type into.
tab_to_field() {
    tries=0
    press_tab "a field"
    until case $(at_cursor before) in *'[') true ;; *) false ;; esac; do
        press_tab "a field"
    done
}

press_tab() { # WANTED
    tries=$((tries + 1))
    if [ $tries -gt 20 ]; then
        echo "w3m's Tab does not reach \"$1\":" >&2
        screen >&2
        exit 1
    fi
    keys Tab
    sleep 0.3
}

# The cursor's line, up to the cursor or from there.
at_cursor() { # before|after
    line=$(screen | sed -n "$(($(tmux display-message -p '#{cursor_y}') + 1))p")
    column=$(tmux display-message -p '#{cursor_x}')
    case $1 in
        before) printf %s "$line" | cut -c "-$column" ;;
        after) printf %s "$line" | cut -c "$((column + 1))-" ;;
    esac
}

# Fills in the field that the cursor is at: w3m asks for it in its last line.
fill() { # TEXT
    keys Enter
    sleep 0.5
    keys C-u
    typed "$1"
    sleep 0.3
}

mkdir "$folder/home"
tmux new-session -d -x 80 -y 40 "env HOME='$folder/home' LC_ALL=C.UTF-8 w3m -cookie \
    -o ssl_ca_file='$authority' -o ssl_verify_server=1 -o confirm_qq=0 '$page'"
trap 'tmux kill-server' EXIT

shows "You are not signed in" "a deep link, signed out"
tab_to "Sign in"
keys Enter
shows "Password" "the login page"
sign_in() { # PASSWORD
    tab_to_field
    fill "$name"
    tab_to_field
    fill "$1"
    tab_to "Sign in"
    keys Enter
}
sign_in "wrong $password"
shows "is wrong" "a wrong password"
keys g
sign_in "$password"
shows "You are signed in" "signed in"
keys c
shows "$page" "the page wanted, with its query"
tab_to "Sign out"
keys Enter
shows "You are signed out" "signed out"

# w3m keeps what it has shown, as paper would. Asked again, the page says nothing.
keys B
sleep 1
keys R
shows "You are not signed in" "Back shows nothing that is not shown already"
! screen | grep -qF -- "$name"
