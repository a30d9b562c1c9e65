# What a command can find out about itself on Linux but its status, one `field<TAB>value` a line; $1 is the id of its caller.
# Processes started here inherit all but their ids, so their /proc/self serves where the shell has no way to read its own.
caller=$1
field() { printf '%s\t%s\n' "$1" "$2"; }
is() { if [ "$1" = "$2" ]; then echo yes; else echo no; fi; }

# pid (comm) state ppid pgrp session tty_nr tpgid …: proc(5).
read -r line </proc/$$/stat
set -- ${line##*) }
if [ "$2" = "$caller" ]; then field parent "the caller"; else field parent arar; fi
field "leads its group" "$(is "$3" $$)"
field "leads its session" "$(is "$4" $$)"
field "group is the session's" "$(is "$3" "$4")"
field "terminal" "$5"
field "priority, nice" "${16} ${17}"
shift 37
field "real-time priority, policy" "$3 $4"

index=0
tr '\0' '\n' </proc/$$/cmdline | while read -r word; do
  field "argv[$index]" "$word"
  index=$((index + 1))
  [ $index -lt 3 ] || break
done
field comm "$(cat /proc/$$/comm)"
field exe "$(readlink /proc/$$/exe)"
field cwd "$(readlink /proc/$$/cwd)"
field root "$(readlink /proc/$$/root)"
field umask "$(umask)"

tail -n +2 /proc/self/limits | sed -E 's/ {2,}/\t/; s/ {2,}/ /g'
for file in oom_score_adj personality timerslack_ns coredump_filter cgroup loginuid; do
  [ -r /proc/$$/$file ] && field $file "$(cat /proc/self/$file 2>/dev/null)"
done
for namespace in /proc/$$/ns/*; do field "namespace ${namespace##*/}" "$(readlink "$namespace")"; done
# Last, and without a pipe or a substitution, which would show: `fd -> target`.
exec ls -l /proc/self/fd
