#!/bin/sh
# Builds Rosey from this source folder and installs her: sh install.sh [--prefix DIR]
{
set -eu

usage() {
  cat <<'TEXT'
Builds Rosey from this source folder and installs the command `rosey`.

  sh install.sh [--prefix DIR]

  --prefix DIR   install to DIR/bin and DIR/share/rosey (default: ~/.local)
  --help         this text

Needs Deno 2.4 or newer, or Node's npx, which brings it.
TEXT
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

find_deno() {
  if [ -n "${ROSEY_DENO:-}" ]; then
    echo "$ROSEY_DENO"
  elif command -v deno >/dev/null 2>&1; then
    echo deno
  elif command -v npx >/dev/null 2>&1; then
    echo "npx -y deno@2.9.6"
  else
    fail "neither deno nor npx was found; install one of them: https://docs.deno.com/runtime/"
  fi
}

main() {
  prefix="${HOME:-}/.local"
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder" 2; prefix=$2; shift 2 ;;
      --prefix=*) prefix=${1#--prefix=}; shift ;;
      --help | -h) usage; exit 0 ;;
      *) usage >&2; fail "unknown argument: $1" 2 ;;
    esac
  done

  cd "$(dirname "$0")"
  [ -f deno.json ] || fail "it must stay in Rosey's source folder"
  deno=$(find_deno)
  mkdir -p "$prefix/bin" "$prefix/share/rosey" || fail "cannot write to $prefix: choose another --prefix"
  # Beside the target, so that the last step is a rename.
  stage=$(mktemp -d "$prefix/bin/.rosey.XXXXXX") || fail "cannot write to $prefix/bin"
  trap 'rm -rf "$stage"' EXIT

  echo "Building with: $deno"
  # shellcheck disable=SC2086 # the command may be `npx -y deno@…`
  $deno task compile --output "$stage/rosey" || fail "the build failed; \
compiling needs a runtime from Deno's download host. From source: deno task start --config config.json"
  version=$("$stage/rosey" --version) || fail "the new binary does not run on this machine"
  mv "$stage/rosey" "$prefix/bin/rosey"
  cp config.json.dist config.schema.json "$prefix/share/rosey/"

  echo "Installed $version"
  echo "  $prefix/bin/rosey"
  case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) echo "It is not in your PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
  echo "Next: cp $prefix/share/rosey/config.json.dist config.json, fill it in, and run: rosey --config config.json"
}

main "$@"
exit $?
}
