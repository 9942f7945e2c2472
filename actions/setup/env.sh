#!/usr/bin/env bash
# Masks each value of $LINES_GIVEN (lines NAME=value), and hands it to the steps that follow. Says the line, not its text.
set -euo pipefail
count=0
while IFS= read -r line || [ -n "$line" ]; do
  count=$((count + 1))
  line=${line%$'\r'}
  [ -n "$line" ] || continue
  name=${line%%=*}
  value=${line#*=}
  if [ "$name" = "$line" ] || [[ ! $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
    echo "::error title=ml-loop::Line $count of the secret ML_LOOP_ENV is not NAME=value. Write one variable a line, without quotes."
    exit 1
  fi
  case $name in
    PATH | GITHUB_* | RUNNER_* | ACTIONS_* | INPUT_* | NODE_OPTIONS | LD_* | BASH_ENV)
      echo "::error title=ml-loop::Line $count of the secret ML_LOOP_ENV sets $name, which belongs to the runner. Use another name."
      exit 1
      ;;
  esac
  [ -z "$value" ] || echo "::add-mask::${value//%/%25}"
  printf '%s=%s\n' "$name" "$value" >>"$GITHUB_ENV"
done <<<"$LINES_GIVEN"
