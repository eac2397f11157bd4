#!/bin/sh
# Installs Rosey, a CyTube chat bot: sh install.sh --help
{
  set -eu

  # Filled in by the release; empty in the source folder.
  release_version=''
  release_url=''
  release_sums=''

  usage() {
    cat <<'TEXT'
Installs the command `rosey` for you alone, or with --system for the machine.

  sh install.sh [FLAGS]

  --prefix DIR      install to DIR/bin, DIR/share and DIR/lib   (default ~/.local; ROSEY_PREFIX)
  --system          install to /usr/local with the service `cytube-bot`; needs root  (ROSEY_SYSTEM=1)
  --version VERSION install another release than this one       (ROSEY_VERSION)
  --base-url URL    where releases are; file:// too             (ROSEY_BASE_URL)
  --from ARCHIVE    install this archive, without a network     (ROSEY_FROM)
  --rollback        go back to the command that was there before
  --uninstall       remove what was installed; with --purge also configuration and state
  --no-start        do not restart the service                  (ROSEY_NO_START=1)
  --dry-run         say what would be done                      (ROSEY_DRY_RUN=1)
  --yes             do not ask                                  (ROSEY_YES=1)
  --quiet           say only what went wrong                    (ROSEY_QUIET=1)
  --help            this text

In the source folder it builds a release first; that needs Deno 2.4 or newer, or Node's npx.
TEXT
  }

  say() { [ -n "$quiet" ] || printf '%s\n' "$*"; }

  fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
  }

  have() { command -v "$1" >/dev/null 2>&1; }

  # Runs a command, after showing it where it needs root; shows it only where nothing is to be done.
  run() {
    if [ -n "$dry_run" ]; then
      say "would run: $*"
    else
      [ -z "$system" ] || say "+ $*"
      "$@"
    fi
  }

  confirm() {
    [ -z "$yes$dry_run" ] || return 0
    [ -t 0 ] || fail "$1 Say so with --yes."
    printf '%s [y/N] ' "$1"
    read -r reply
    [ "$reply" = y ] || [ "$reply" = Y ] || fail "nothing was changed"
  }

  hash_of() {
    if have sha256sum; then
      sha256sum <"$1"
    elif have shasum; then
      shasum -a 256 <"$1"
    elif have openssl; then
      openssl dgst -sha256 -r <"$1"
    else
      fail "cannot verify the download: there is none of sha256sum, shasum and openssl"
    fi | cut -d' ' -f1
  }

  # The sum that the release gives for a file; nothing where it has no such file.
  sum_for() {
    printf '%s\n' "$sums" | while read -r sum name; do
      [ "$name" != "$1" ] || printf '%s' "$sum"
    done
  }

  verify() {
    expected=$(sum_for "$2")
    [ -n "$expected" ] || fail "cannot verify $2: the release has no checksum for it"
    found=$(hash_of "$1")
    [ -n "$found" ] || exit 1
    [ "$found" = "$expected" ] || fail "$2 is not what was released: its SHA-256 is $found, expected $expected"
  }

  fetch() {
    case $1 in
      file://*) cp "${1#file://}" "$2" 2>/dev/null || fail "cannot read ${1#file://}" ;;
      *)
        if have curl; then
          curl -fsSL --retry 2 -o "$2" "$1" || fail "cannot download $1"
        elif have wget; then
          wget -q -O "$2" "$1" || fail "cannot download $1"
        else
          fail "cannot download $1: there is neither curl nor wget"
        fi
        ;;
    esac
  }

  is_musl() {
    for loader in "$root"/lib/ld-musl-*; do [ ! -e "$loader" ] || return 0; done
    have ldd && ldd --version 2>&1 | grep -qi musl
  }

  # The archive for this machine; `bundle` where no compiled program fits.
  find_target() {
    case $(uname -s) in
      Linux) kind=unknown-linux-gnu ;;
      Darwin) kind=apple-darwin ;;
      *) fail "this is $(uname -s): on Windows take the zip of the release, elsewhere run from source with Deno" ;;
    esac
    case $(uname -m) in
      x86_64 | amd64) cpu=x86_64 ;;
      aarch64 | arm64) cpu=aarch64 ;;
      *) cpu='' ;;
    esac
    target=$cpu-$kind
    if [ -z "$cpu" ]; then
      why="there is no compiled program for $(uname -m)"
    elif [ "$kind" = unknown-linux-gnu ] && is_musl; then
      why="the compiled program needs glibc, and this machine has musl"
    elif [ -z "$(sum_for "rosey-$version-$target.tar.gz")" ]; then
      why="the release has no compiled program for $target"
    else
      return 0
    fi
    say "$why: installing the program with Deno instead"
    target=bundle
  }

  recent_deno() {
    have deno && deno eval --no-lock 'const [a, b] = Deno.version.deno.split(".");
    Deno.exit(+a > 2 || +a === 2 && +b >= 4 ? 0 : 1)' 2>/dev/null
  }

  # Makes a command of the bundled program and a Deno.
  wrap_bundle() {
    if recent_deno; then
      deno=$(command -v deno)
    else
      have npm || fail "the bundled program needs Deno 2.4 or newer, or npm, which brings it"
      say "Deno comes from npm"
      run npm install --silent --no-fund --no-audit --prefix "$lib/deno" deno@2.9.6 || fail "npm could not install Deno"
      deno=$lib/deno/node_modules/.bin/deno
      # Without the detour through Node.
      for native in "$lib"/deno/node_modules/@deno/*/deno; do [ ! -x "$native" ] || deno=$native; done
    fi
    # Beside the one in use, which a rollback may need.
    program=$lib/program-$version
    run rm -rf "$program"
    run mkdir -p "$lib"
    run cp -R "$stage/program" "$program"
    # shellcheck disable=SC2016 # it is the command's own $@
    printf '#!/bin/sh\nexec "%s" run %s "%s" "$@"\n' "${deno#"$root"}" \
      "$(cat "$stage/program/flags")" "${program#"$root"}/main.js" >"$stage/rosey"
    chmod 755 "$stage/rosey"
  }

  # Puts a file in its place, and says whether that changed anything.
  put() {
    if cmp -s "$1" "$2"; then return 1; fi
    if ! { run mkdir -p "$(dirname "$2")" && run cp "$1" "$2.new" && run chmod "$3" "$2.new" && run mv -f "$2.new" "$2"; }; then
      fail "cannot write $2"
    fi
  }

  files() {
    echo "bin/rosey share/rosey/config.json.dist share/rosey/config.schema.json share/rosey/LICENSE" \
      share/bash-completion/completions/rosey share/zsh/site-functions/_rosey share/fish/vendor_completions.d/rosey.fish
  }

  systemd_runs() { have systemctl && [ -d "${root:-}/run/systemd/system" ]; }

  service() {
    if systemd_runs; then run systemctl "$@"; else say "systemd does not run here; later: systemctl $*"; fi
  }

  install_service() {
    etc=$root/etc/cytube-bot
    units=''
    for unit in cytube-bot.service cytube-bot@.service; do
      put "$stage/deploy/$unit" "$root/etc/systemd/system/$unit" 644 && units=changed
    done
    run mkdir -p "$etc/credentials"
    run chmod 700 "$etc/credentials"
    [ -e "$etc/config.json" ] || put "$stage/config.json.dist" "$etc/config.json" 644
    [ -z "$units" ] || service daemon-reload
    if [ -z "$changed$units" ]; then
      say "The service needs no restart"
    elif [ -n "$no_start" ]; then
      say "Not restarted: systemctl restart cytube-bot"
    else
      service try-restart cytube-bot.service
    fi
    say "Next: edit /etc/cytube-bot/config.json, put the password into /etc/cytube-bot/credentials/rosey_password,"
    say "  then: rosey check -c /etc/cytube-bot/config.json && systemctl enable --now cytube-bot"
  }

  install_release() {
    [ -n "$version$from" ] || fail "this install.sh belongs to no release: run it in the source folder, or say --version and --base-url"
    bin=$prefix/bin/rosey
    run mkdir -p "$prefix/bin" || fail "cannot write to $prefix: choose another --prefix"
    if [ -n "$dry_run" ]; then stage=$(mktemp -d); else
      stage=$(mktemp -d "$prefix/bin/.rosey.XXXXXX") || fail "cannot write to $prefix/bin: choose another --prefix"
    fi
    trap 'rm -rf "$stage"' EXIT
    if [ -n "$from" ]; then
      archive=$from
      name=$(basename "$from")
      [ -f "$from" ] || fail "cannot read $from"
      [ -n "$sums" ] || sums=$(cat "$(dirname "$from")/SHA256SUMS" 2>/dev/null) || fail "cannot verify $name: there is no SHA256SUMS beside it"
      case $name in *-bundle.tar.gz) target=bundle ;; *) target=compiled ;; esac
    else
      if [ -z "$sums" ]; then
        fetch "$url/SHA256SUMS" "$stage/sums"
        sums=$(cat "$stage/sums")
      fi
      find_target
      name=rosey-$version-$target.tar.gz
      archive=$stage/$name
      say "Downloading $url/$name"
      fetch "$url/$name" "$archive"
    fi
    verify "$archive" "$name"
    tar -xzf "$archive" -C "$stage" || fail "cannot unpack $name"
    [ "$target" != bundle ] || wrap_bundle
    shown=$("$stage/rosey" --version 2>/dev/null) || [ -n "$dry_run" ] || fail "the new program does not run on this machine"
    changed=''
    if cmp -s "$stage/rosey" "$bin"; then
      say "$shown is installed already"
    else
      changed=yes
      if [ -e "$bin" ]; then
        run mkdir -p "$lib"
        run cp -p "$bin" "$lib/previous"
      fi
      run mv -f "$stage/rosey" "$bin"
    fi
    for file in config.json.dist config.schema.json LICENSE; do
      put "$stage/$file" "$prefix/share/rosey/$file" 644 || :
    done
    put "$stage/completions/rosey.bash" "$prefix/share/bash-completion/completions/rosey" 644 || :
    put "$stage/completions/_rosey" "$prefix/share/zsh/site-functions/_rosey" 644 || :
    put "$stage/completions/rosey.fish" "$prefix/share/fish/vendor_completions.d/rosey.fish" 644 || :
    say "Installed $shown"
    say "  $bin"
    if [ -n "$system" ]; then
      install_service
      return
    fi
    case ":$PATH:" in
      *":$prefix/bin:"*) ;;
      *) say "It is not in your PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
    say "Next: cp $prefix/share/rosey/config.json.dist config.json, fill it in, then: rosey check"
  }

  rollback() {
    [ -e "$lib/previous" ] || fail "there is no earlier rosey in $lib"
    run cp -p "$lib/previous" "$prefix/bin/.rosey.back"
    run mv -f "$prefix/bin/.rosey.back" "$prefix/bin/rosey"
    run rm -f "$lib/previous"
    [ -n "$dry_run" ] || say "Back to $("$prefix/bin/rosey" --version)"
    if [ -n "$system" ] && [ -z "$no_start" ]; then service try-restart cytube-bot.service; fi
  }

  uninstall() {
    confirm "Remove rosey from $prefix${purge:+, and her configuration and state}?"
    if [ -n "$system" ]; then
      service disable --now cytube-bot.service
      for unit in cytube-bot.service cytube-bot@.service; do run rm -f "$root/etc/systemd/system/$unit"; done
      service daemon-reload
    fi
    for file in $(files); do run rm -f "$prefix/$file"; done
    run rm -rf "$lib"
    run rmdir "$prefix/share/rosey" 2>/dev/null || :
    if [ -n "$purge" ] && [ -n "$system" ]; then
      # With DynamicUser= the state is in a private folder, with a link to it.
      run rm -rf "$root/etc/cytube-bot" "$root/var/lib/private/rosey" "$root/var/lib/rosey"
    fi
    say "Removed"
    [ -n "$purge" ] || [ -z "$system" ] || say "Configuration and state are left in /etc/cytube-bot and /var/lib/rosey: --purge removes them"
  }

  # Builds a release for this machine, and installs from it.
  install_from_source() {
    if [ -n "${ROSEY_DENO:-}" ]; then
      deno=$ROSEY_DENO
    elif have deno; then
      deno=deno
    elif have npx; then
      deno='npx -y deno@2.9.6'
    else
      fail "building needs deno or npx: https://docs.deno.com/runtime/"
    fi
    built=$(mktemp -d)
    trap 'rm -rf "$built"' EXIT
    say "Building with: $deno"
    # shellcheck disable=SC2086 # the command may be `npx -y deno@…`
    (cd "$source" && $deno task release --host --out "$built" --base-url "file://$built") >"$built/log" 2>&1 || {
      cat "$built/log" >&2
      fail "the build failed"
    }
    sh "$built/install.sh" "$@"
  }

  main() {
    root=${ROSEY_ROOT:-}
    prefix=${ROSEY_PREFIX:-}
    system=${ROSEY_SYSTEM:-}
    version=${ROSEY_VERSION:-$release_version}
    url=${ROSEY_BASE_URL:-$release_url}
    from=${ROSEY_FROM:-}
    dry_run=${ROSEY_DRY_RUN:-}
    no_start=${ROSEY_NO_START:-}
    yes=${ROSEY_YES:-}
    quiet=${ROSEY_QUIET:-}
    purge=''
    action=install
    source=$(dirname "$0")
    [ -z "$release_version" ] && [ -f "$source/deno.json" ] && [ -z "$version$from" ] || source=''
    if [ -n "$source" ]; then
      case " $* " in *" --help "* | *" -h "* | *" --version"* | *" --from"* | *" --uninstall"* | *" --rollback"*) ;;
      *)
        install_from_source "$@"
        return
        ;;
      esac
    fi
    while [ $# -gt 0 ]; do
      case $1 in
        --prefix | --version | --base-url | --from)
          [ $# -gt 1 ] || fail "$1 needs a value" 2
          flag=$1 value=$2
          shift
          ;;
        --prefix=* | --version=* | --base-url=* | --from=*) flag=${1%%=*} value=${1#*=} ;;
        *) flag=$1 value='' ;;
      esac
      shift
      case $flag in
        --prefix) prefix=$value ;;
        --version) version=${value#v} ;;
        --base-url) url=$value ;;
        --from) from=$value ;;
        --system) system=yes ;;
        --rollback) action=rollback ;;
        --uninstall) action=uninstall ;;
        --purge) purge=yes ;;
        --dry-run) dry_run=yes ;;
        --no-start) no_start=yes ;;
        --yes) yes=yes ;;
        --quiet) quiet=yes ;;
        --help | -h)
          usage
          exit 0
          ;;
        *)
          usage >&2
          fail "unknown argument: $flag" 2
          ;;
      esac
    done
    [ -z "$purge" ] || [ "$action" = uninstall ] || fail "--purge goes with --uninstall" 2
    # The sums of this release are no use for another one.
    sums=''
    [ "$version" != "$release_version" ] || sums=$release_sums
    if [ "$version" != "$release_version" ] && [ "$url" = "$release_url" ]; then
      url=$(printf '%s' "$url" | sed "s|/v[^/]*\$|/v$version|")
    fi
    if [ -n "$system" ]; then
      prefix=${prefix:-$root/usr/local}
      [ -n "$root$dry_run" ] || [ "$(id -u)" = 0 ] || fail "--system needs root: sudo sh install.sh --system"
    else
      prefix=${prefix:-${HOME:?is not set: say --prefix}/.local}
    fi
    lib=$prefix/lib/rosey
    case $action in
      install) install_release ;;
      rollback) rollback ;;
      uninstall) uninstall ;;
    esac
  }

  main "$@"
  exit $?
}
