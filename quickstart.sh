#!/usr/bin/env bash
# From a fresh clone to a finished migration: installs what is missing, builds metaferry, makes a
# small Hive metastore in demo/ and moves its metadata. May be started again: demo/ begins anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

metaferry=build/release/metaferry
build_log=build/quickstart-build.log
started=$SECONDS

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold= dim= plain=; fi

step() { printf '\n%s[%s/6] %s%s  %s(%d s so far)%s\n' "$bold" "$1" "$2" "$plain" "$dim" $((SECONDS - started)) "$plain"; }

fail() {
  printf '\nquickstart failed: %s\n' "$1" >&2
  exit 1
}

# expect CODE FILE COMMAND...: runs it with its output in FILE, and fails unless it exits with CODE.
expect() {
  local code=0 wanted=$1 file=$2
  shift 2
  printf '%s$ %s%s\n' "$dim" "$*" "$plain"
  "$@" --quiet >"$file" 2>"$file.messages" || code=$?
  if ((code != wanted)); then
    cat "$file" "$file.messages" >&2
    fail "it left with exit code $code instead of $wanted"
  fi
  rm -f "$file.messages"
}

# The first lines of a plan and how many follow; then its books and how it ended.
excerpt() {
  local file=$1 first=$2 books
  books=$(grep -n -m1 '^ *read ' "$file" | cut -d: -f1)
  head -n "$first" "$file"
  if ((first > 0)); then
    printf '%s      … %d more lines in %s%s\n\n' "$dim" $((books - first - 2)) "$file" "$plain"
  fi
  sed -n "$books,$((books + 4))p" "$file"
  sed -n '/^SUCCESS/,$p' "$file"
}

step 1 "Packages"
scripts/install_packages.sh build

step 2 "Build (the first time takes some minutes; log: $build_log)"
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release; } >"$build_log" 2>&1 </dev/null; then
  tail -n 40 "$build_log" >&2
  fail "metaferry does not build; all of the log is in $build_log"
fi
"$metaferry" --version

step 3 "A Hive metastore to play with: demo/demo-metastore.db"
rm -rf demo
mkdir demo
sqlite3 demo/demo-metastore.db <fixtures/hive_schema/sqlite-3.1.sql
sqlite3 demo/demo-metastore.db <fixtures/demo/metastore.sql
cp fixtures/demo/job.json demo/job.json
echo "7 databases in HDFS; demo/job.json takes them to OBS, into the catalog demo/metaferry-catalog.db"

step 4 "What would change"
expect 2 demo/plan.txt "$metaferry" plan demo/job.json
excerpt demo/plan.txt 17
echo "Exit code 2: changes are pending. Nothing has been written yet."

step 5 "Make it so"
expect 0 demo/run.txt "$metaferry" run demo/job.json
tail -n +5 demo/run.txt
log_folder=$(sed -n 's/^log: //p' demo/run.txt)
[[ -f $log_folder/summary.json ]] || fail "the run has left no summary.json in its log folder"
printf '\nThe log of this run, below demo/runs/:\n'
about() { printf '  %-18s %s\n' "$1" "$2"; }
about report.html "all of it for a browser: open it, search it, pass it on"
about summary.json "how many objects of each kind, and what came of them"
about objects.ndjson "each object that was not unchanged: what changed, which rule moved it"
about findings.ndjson "what is worth a look: unmatched locations, missing owners"
about moves.tsv "old and new directory of all data that has to be copied"
about run.log "what happened when"

step 6 "A second plan finds nothing left to do"
expect 0 demo/plan-again.txt "$metaferry" plan demo/job.json
excerpt demo/plan-again.txt 0
echo "Exit code 0: source and target agree."

cat <<END

${bold}Done in $((SECONDS - started)) s.${plain} Go on with:
  $metaferry verify demo/job.json        # reads both sides again and compares
  $metaferry export catalog:demo/metaferry-catalog.db --catalog lake | head -n 3
  less docs/job-file.md                               # then change demo/job.json and plan again
END
