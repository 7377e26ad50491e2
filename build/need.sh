#!/bin/sh
# Says which components the tests need and this machine has not; installs them on Debian as root.
#
#   build/need.sh            install what is missing if that is possible here, else say how to get it
#   INSTALL=no build/need.sh only say it
#   REQUIRE=all ...          what is still missing in the end is a failure
#
# Nothing here is needed to build Pawl, to run the demo, or for most tests.
set -eu

# One line each: what is looked for, candidates on PATH or as files, Debian's package, Homebrew's, what it is for.
components='
gcc        gcc,cc                                     gcc,libc6-dev   -              the race detector
sshd       sshd,/usr/sbin/sshd                        openssh-server  openssh        remote scripts on a real SSH server
ssh-keygen ssh-keygen                                 openssh-client  openssh        keys for it
flock      flock                                      util-linux      flock          the scripts of the toy
setsid     setsid                                     util-linux      util-linux     scripts that outlive their connection
sqlite3    sqlite3                                    sqlite3         sqlite         our sqlite3 beside the original
git        git                                        git             git            the changes between two versions
ps         ps                                         procps          -              what is left running after a kill
chromium   chromium,chromium-browser,google-chrome    chromium        chromium       the chat page in a browser
node       node                                       nodejs          node           the official Slack libraries against our Slack
npm        npm                                        npm             node           fetching those
postgres   postgres,/usr/lib/postgresql/*/bin/postgres postgresql     postgresql     syncs into a real table
haproxy    haproxy,/usr/sbin/haproxy                  haproxy         haproxy        switches of a real load balancer
nginx      nginx,/usr/sbin/nginx                      nginx-light     nginx          the same, of another
caddy      caddy                                      caddy           caddy          and of a third
socat      socat                                      socat           socat          talking to HAProxy
busybox    busybox                                    busybox         -              the shell of the containers of the compose file
systemd    systemd-analyze                            systemd         -              the systemd units
shellcheck shellcheck                                 shellcheck      shellcheck     the shell scripts
'

have() { # have a,b,c: is one of them there?
	for candidate in $(echo "$1" | tr ',' ' '); do
		command -v "$candidate" >/dev/null 2>&1 && return 0
	done
	return 1
}

missing() { # the lines of what is not there
	echo "$components" | while read -r name candidates debian brew why; do
		[ -n "$name" ] || continue
		have "$candidates" || echo "$name $candidates $debian $brew $why"
	done
}

lacking=$(missing)
[ -n "$lacking" ] || exit 0

packages=$(echo "$lacking" | while read -r _ _ debian _; do echo "$debian" | tr ',' '\n'; done | sort -u | tr '\n' ' ')

if [ "${INSTALL:-yes}" != no ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing what tests with real components need: $packages(INSTALL=no leaves it be)"
	log=$(mktemp)
	if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1; then
		rm -f "$log"
	else
		tail -n 20 "$log" >&2
		echo "Installing did not work; all it said is in $log" >&2
	fi
	lacking=$(missing)
	[ -n "$lacking" ] || exit 0
fi

echo "Missing on this machine, so the tests that need it are left out:"
echo "$lacking" | while read -r name _ debian brew why; do
	how="Debian: apt-get install $(echo "$debian" | tr ',' ' ')"
	[ "$brew" = - ] || how="$how   Homebrew: brew install $brew"
	printf '  %-11s for %s\n              %s\n' "$name" "$why" "$how"
done
[ "${REQUIRE:-}" != all ] || { echo "REQUIRE=all: nothing may be left out." >&2; exit 1; }
