# Runs one PostgreSQL server, and lives a moment longer than whoever started it: however that process
# ended, its end of the pipe is closed then, the server is stopped and the folder removed.
# usage: cluster.sh FOLDER SERVER ARGUMENT…    standard input: `start` and `stop`, each answered when it is done
folder=$1
shift
server=

stop() {
    [ -z "$server" ] && return
    kill -QUIT "$server" 2>/dev/null # immediate: clients are cut off in the middle of what they do
    wait "$server"
    server=
}

while read -r word; do
    case $word in
    start)
        "$@" >>"$folder/log" 2>&1 </dev/null &
        server=$!
        ;;
    stop) stop ;;
    esac
    echo "$word"
done
stop
rm -rf "$folder"
