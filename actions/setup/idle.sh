#!/usr/bin/env bash
# Warns in scheduled runs if GitHub will soon stop the schedules: it does so in public repositories after 60 idle days.
set -euo pipefail
if ! last=$(git -c safe.directory="$GITHUB_WORKSPACE" log -1 --format=%ct); then
  echo "::notice title=ml-loop::The age of the last commit is not known, because git or the checkout is not there."
  exit 0
fi
days=$((($(date +%s) - last) / 86400))
if [ "$days" -ge 40 ]; then
  echo "::warning title=ml-loop: the schedule may stop::The last commit is $days days old. GitHub stops the schedules of a public repository after 60 days without activity. Commit something, or enable the workflow again on the Actions page."
fi
