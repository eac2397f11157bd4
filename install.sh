#!/bin/sh
# Installs Rosey, a CyTube chat bot: sh install.sh --help
{
  set -eu

  # Set by the release build; empty in the source folder.
  release_version=''
  release_url=''
  release_sums=''

  usage() {
    cat <<'TEXT'
Installs the command `rosey` for the current user, or with --system for the machine.

  sh install.sh [FLAGS]

  --prefix DIR      install to DIR/bin, DIR/share and DIR/lib   (default ~/.local; ROSEY_PREFIX)
  --system          install to /usr/local with the service `cytube-bot`; needs root  (ROSEY_SYSTEM=1)
  --repo OWNER/NAME install from the releases of this repository on GitHub  (ROSEY_REPO)
  --version VERSION install this version; default: that of this script, or the latest of --repo  (ROSEY_VERSION)
  --base-url URL    address of the releases; also file://       (ROSEY_BASE_URL)
  --from ARCHIVE    install this archive, without network       (ROSEY_FROM)
  --rollback        restore the previous command                (ROSEY_ROLLBACK=1)
  --uninstall       remove the installed files                  (ROSEY_UNINSTALL=1)
  --purge           with --uninstall --system: also remove configuration, credentials and state  (ROSEY_PURGE=1)
  --no-start        do not restart the service                  (ROSEY_NO_START=1)
  --dry-run         print what would be done, without a build or a download  (ROSEY_DRY_RUN=1)
  --yes             do not ask for confirmation                 (ROSEY_YES=1)
  --quiet           print errors only                           (ROSEY_QUIET=1)
  --help            print this help

In the source folder, install.sh builds a release first, unless it is told which one to install. The build needs Deno 2.4 or newer, or Node's npx.
TEXT
  }

  say() { [ -n "$quiet" ] || printf '%s\n' "$*"; }

  fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
  }

  have() { command -v "$1" >/dev/null 2>&1; }

  # Prints a command before it runs, if it runs as root.
  show() { [ -z "$system" ] || say "+ $*"; }

  # Runs a command that changes only the staging folder; runs in a dry run, too.
  stage() {
    show "$@"
    "$@"
  }

  # Runs a command; in a dry run, only prints it.
  run() {
    if [ -n "$dry_run" ]; then say "would run: $*"; else stage "$@"; fi
  }

  # Quotes a word for the shell.
  quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

  confirm() {
    [ -z "$yes$dry_run" ] || return 0
    [ -t 0 ] || fail "$1 Confirm with --yes."
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
      fail "cannot verify the download: none of sha256sum, shasum and openssl is installed"
    fi | cut -d' ' -f1
  }

  # The checksum of a file of the release; empty if the release has no such file.
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
    [ "$found" = "$expected" ] || fail "cannot verify $2: its SHA-256 is $found, expected $expected"
  }

  fetch() {
    case $1 in
      file://*) stage cp "${1#file://}" "$2" 2>/dev/null || fail "cannot read ${1#file://}" ;;
      *)
        if have curl; then
          stage curl -fsSL --retry 2 --connect-timeout 30 -o "$2" "$1" || fail "cannot download $1"
        elif have wget; then
          stage wget -q -T 30 -O "$2" "$1" || fail "cannot download $1"
        else
          fail "cannot download $1: neither curl nor wget is installed"
        fi
        ;;
    esac
  }

  # Asks ldd first: a machine with glibc may also have musl's loader.
  is_musl() {
    if have ldd; then
      ldd --version 2>&1 | grep -qi musl
      return
    fi
    for loader in "$root"/lib/ld-musl-*; do [ ! -e "$loader" ] || return 0; done
    return 1
  }

  # Sets target to the archive for this machine; `bundle` if no compiled program fits.
  find_target() {
    case $(uname -s) in
      Linux) kind=unknown-linux-gnu ;;
      Darwin) kind=apple-darwin ;;
      *) fail "$(uname -s) is not supported: on Windows unpack the zip of the release, elsewhere run from source with Deno" ;;
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
    elif [ -n "$sums" ] && [ -z "$(sum_for "rosey-$version-$target.tar.gz")" ]; then
      why="the release has no compiled program for $target"
    else
      return 0
    fi
    say "$why; installing the bundled program with Deno instead"
    target=bundle
  }

  recent_deno() {
    have deno && deno eval --no-lock 'const [a, b] = Deno.version.deno.split(".");
    Deno.exit(+a > 2 || +a === 2 && +b >= 4 ? 0 : 1)' 2>/dev/null
  }

  # Writes a command that runs the bundled program with Deno.
  wrap_bundle() {
    if recent_deno; then
      deno=$(command -v deno)
    else
      have npm || fail "the bundled program needs Deno 2.4 or newer, or npm to install it"
      say "Installing Deno from npm"
      run npm install --silent --no-fund --no-audit --prefix "$lib/deno" deno@2.9.6 || fail "cannot install Deno with npm"
      deno=$lib/deno/node_modules/.bin/deno
      # The native program starts without Node.
      for native in "$lib"/deno/node_modules/@deno/*/deno; do [ ! -x "$native" ] || deno=$native; done
    fi
    # The checksum in the name keeps the program in use, perhaps of the same version, for a rollback.
    program=$lib/program-$version-${found%"${found#????????}"}
    run rm -rf "$program"
    run mkdir -p "$lib"
    run cp -R "$new/program" "$program"
    show "write $new/rosey"
    # shellcheck disable=SC2016 # the $@ of the written command
    printf '#!/bin/sh\nexport DENO_NO_UPDATE_CHECK=1\nexec %s run %s %s "$@"\n' "$(quoted "${deno#"$root"}")" \
      "$(cat "$new/program/flags")" "$(quoted "${program#"$root"}/main.js")" >"$new/rosey"
  }

  # Removes bundled programs that neither the current nor the previous command runs.
  remove_old_bundles() {
    for old in "$lib"/program-*; do
      [ -d "$old" ] || continue
      grep -qsF "/${old##*/}/main.js" "$bin" "$lib/previous" || run rm -rf "$old"
    done
  }

  # Runs the new program once, to see that it works on this machine.
  try() {
    show "$new/rosey" --version
    shown=$("$new/rosey" --version 2>"$new/why") || shown=''
    [ -z "$shown" ] && [ -z "$dry_run" ] || return 0
    if [ "$target" = bundle ] && is_musl; then
      fail "Deno from npm needs glibc; install another Deno (Alpine: apk add deno), then try again"
    fi
    fail "the new program does not run on this machine: $(head -n 1 "$new/why")"
  }

  # Installs a file; returns 1 if it is already up to date.
  put() {
    if cmp -s "$1" "$2"; then return 1; fi
    if ! { run mkdir -p "$(dirname "$2")" && run cp "$1" "$2.new" && run chmod "$3" "$2.new" && run mv -f "$2.new" "$2"; }; then
      fail "cannot write $2"
    fi
  }

  files() {
    echo "bin/rosey share/rosey/config.json.dist share/rosey/config.schema.json share/rosey/LICENSE share/rosey/install.sh" \
      share/rosey/personas/critic.md share/rosey/personas/usher.md \
      share/bash-completion/completions/rosey share/zsh/site-functions/_rosey share/fish/vendor_completions.d/rosey.fish \
      share/man/man1/rosey.1
  }

  systemd_runs() { have systemctl && [ -d "${root:-}/run/systemd/system" ]; }

  service() {
    if systemd_runs; then run systemctl "$@"; else say "systemd is not running; run this later: systemctl $*"; fi
  }

  # Also restarts the instances of several channels; stopped services stay stopped.
  restart_service() { service try-restart cytube-bot.service 'cytube-bot@*.service'; }

  install_service() {
    etc=$root/etc/cytube-bot
    units=''
    for unit in cytube-bot.service cytube-bot@.service; do
      show "sed s|/usr/local/bin/rosey|${bin#"$root"}| $new/deploy/$unit >$new/$unit"
      sed "s|/usr/local/bin/rosey|${bin#"$root"}|" "$new/deploy/$unit" >"$new/$unit"
      put "$new/$unit" "$root/etc/systemd/system/$unit" 644 && units=changed
    done
    run mkdir -p "$etc/credentials"
    run chmod 700 "$etc/credentials"
    [ -e "$etc/config.json" ] || put "$new/config.json.dist" "$etc/config.json" 644
    [ -z "$units" ] || service daemon-reload
    if [ -z "$changed$units" ]; then
      say "The service needs no restart"
    elif [ -n "$no_start" ]; then
      say "Not restarted: systemctl restart cytube-bot"
    else
      restart_service
    fi
    say "Next: edit /etc/cytube-bot/config.json, put the password into /etc/cytube-bot/credentials/rosey_password, then:"
    say "  CREDENTIALS_DIRECTORY=/etc/cytube-bot/credentials ${bin#"$root"} check -c /etc/cytube-bot/config.json"
    say "  systemctl enable --now cytube-bot"
  }

  # Prints what would be installed, if a dry run has no archive to read.
  plan() {
    [ "$target" != bundle ] || recent_deno || say "would install $lib/deno: Deno from npm"
    [ "$target" != bundle ] || say "would install $lib/program-$version"
    [ ! -e "$bin" ] || say "would keep $bin as $lib/previous"
    for file in $(files); do say "would install $prefix/$file"; done
    [ -n "$system" ] || return 0
    for unit in cytube-bot.service cytube-bot@.service; do say "would install $root/etc/systemd/system/$unit"; done
    [ -e "$root/etc/cytube-bot/config.json" ] || say "would install $root/etc/cytube-bot/config.json"
    service daemon-reload
    if [ -n "$no_start" ]; then say "Not restarted: systemctl restart cytube-bot"; else restart_service; fi
  }

  # True if the archive has to be downloaded.
  is_remote() { [ -z "$from" ] && [ -n "$url" ] && [ "${url#file://}" = "$url" ]; }

  # Sets archive, name and target; downloads the archive if necessary.
  find_archive() {
    if [ -n "$from" ]; then
      archive=$from
      name=$(basename "$from")
      [ -f "$from" ] || fail "cannot read $from"
      [ -n "$sums" ] || sums=$(cat "$(dirname "$from")/SHA256SUMS" 2>/dev/null) || fail "cannot verify $name: there is no SHA256SUMS in its folder"
      case $name in *-bundle.tar.gz) target=bundle ;; *) target=compiled ;; esac
      return
    fi
    [ -n "$url" ] || fail "the address of the releases is not known: use --repo or --base-url"
    if [ -z "$sums" ]; then
      fetch "$url/SHA256SUMS" "$new/sums"
      sums=$(cat "$new/sums")
    fi
    [ -n "$version" ] || version=$(printf '%s\n' "$sums" | sed -n 's/.* rosey-\(.*\)-bundle\.tar\.gz$/\1/p')
    [ -n "$version" ] || fail "cannot find a release in $url/SHA256SUMS"
    find_target
    name=rosey-$version-$target.tar.gz
    archive=$new/$name
    say "Downloading $url/$name"
    fetch "$url/$name" "$archive"
  }

  install_release() {
    [ -n "$url$from" ] || fail "this install.sh belongs to no release: run it in the source folder, or use --repo OWNER/NAME"
    if [ -n "$dry_run" ] && is_remote; then
      find_target
      say "would download $url/rosey-${version:-VERSION}-$target.tar.gz"
      plan
      return
    fi
    run mkdir -p "$prefix/bin" || fail "cannot write to $prefix: choose another --prefix"
    if [ -n "$dry_run" ]; then new=$(mktemp -d); else
      show mktemp -d "$prefix/bin/.rosey.XXXXXX"
      new=$(mktemp -d "$prefix/bin/.rosey.XXXXXX") || fail "cannot write to $prefix/bin: choose another --prefix"
    fi
    trap 'rm -rf "$new"' EXIT
    find_archive
    verify "$archive" "$name"
    stage tar -xzf "$archive" -C "$new" || fail "cannot unpack $name"
    [ "$target" != bundle ] || wrap_bundle
    stage chmod 755 "$new/rosey"
    try
    changed=''
    if cmp -s "$new/rosey" "$bin"; then
      say "$shown is already installed: $bin"
    else
      changed=yes
      if [ -e "$bin" ]; then
        run mkdir -p "$lib"
        run cp -p "$bin" "$lib/previous"
      fi
      run mv -f "$new/rosey" "$bin"
      [ -n "$dry_run" ] || say "Installed $shown"
      say "  $bin"
    fi
    remove_old_bundles
    for file in config.json.dist config.schema.json LICENSE install.sh; do
      put "$new/$file" "$prefix/share/rosey/$file" 644 || :
    done
    for file in critic.md usher.md; do
      # An older version has none.
      [ ! -e "$new/personas/$file" ] || put "$new/personas/$file" "$prefix/share/rosey/personas/$file" 644 || :
    done
    put "$new/completions/rosey.bash" "$prefix/share/bash-completion/completions/rosey" 644 || :
    put "$new/completions/_rosey" "$prefix/share/zsh/site-functions/_rosey" 644 || :
    put "$new/completions/rosey.fish" "$prefix/share/fish/vendor_completions.d/rosey.fish" 644 || :
    # An older version has none.
    [ ! -e "$new/man/rosey.1" ] || put "$new/man/rosey.1" "$prefix/share/man/man1/rosey.1" 644 || :
    if [ -n "$system" ]; then
      install_service
    else
      case ":$PATH:" in
        *":$prefix/bin:"*) ;;
        *) say "The folder is not in your PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
      esac
      say "Next: rosey init"
    fi
    stage rm -rf "$new"
  }

  rollback() {
    [ -e "$lib/previous" ] || fail "there is no previous rosey in $lib"
    run cp -p "$lib/previous" "$prefix/bin/.rosey.back"
    run mv -f "$prefix/bin/.rosey.back" "$bin"
    run rm -f "$lib/previous"
    show "$bin" --version
    [ -n "$dry_run" ] || say "Restored $("$bin" --version)"
    if [ -z "$system" ]; then return; fi
    if [ -n "$no_start" ]; then say "Not restarted: systemctl restart cytube-bot"; else restart_service; fi
  }

  uninstall() {
    [ -z "$purge" ] || [ -n "$system" ] || say "Without --system the installer does not know your configuration: it is not removed"
    confirm "Remove rosey from $prefix${purge:+${system:+, and its configuration and state}}?"
    if [ -n "$system" ]; then
      units=$root/etc/systemd/system
      for enabled in "$units/cytube-bot.service" "$units"/*.wants/cytube-bot@*.service; do
        # A failure (no such unit, not stopped) does not prevent the removal.
        [ ! -e "$enabled" ] && [ ! -L "$enabled" ] || service disable --now "${enabled##*/}" || :
      done
      service stop 'cytube-bot@*.service' || :
      for link in "$units"/*.wants/cytube-bot*.service; do [ ! -L "$link" ] || run rm -f "$link"; done
      for unit in cytube-bot.service cytube-bot@.service; do run rm -f "$units/$unit"; done
      service daemon-reload || :
    fi
    for file in $(files); do run rm -f "$prefix/$file"; done
    run rm -rf "$lib"
    for folder in "$prefix/share/rosey/personas" "$prefix/share/rosey"; do
      [ ! -d "$folder" ] || run rmdir "$folder" 2>/dev/null || :
    done
    if [ -n "$purge" ] && [ -n "$system" ]; then
      for changes in "$units"/cytube-bot.service.d "$units"/cytube-bot@*.service.d; do
        [ ! -e "$changes" ] || run rm -rf "$changes"
      done
      # With DynamicUser= /var/lib/rosey is a link to a private folder.
      run rm -rf "$root/etc/cytube-bot" "$root/var/lib/private/rosey" "$root/var/lib/rosey"
    fi
    [ -n "$dry_run" ] || say "Removed"
    [ -n "$purge" ] || [ -z "$system" ] || say "Kept the configuration and state in /etc/cytube-bot and /var/lib/rosey; --purge removes them"
  }

  # Builds a release for this machine, and installs it.
  install_from_source() {
    if [ -n "${ROSEY_DENO:-}" ]; then
      deno=$ROSEY_DENO
    elif have deno; then
      deno=deno
    elif have npx; then
      deno='npx -y deno@2.9.6'
    else
      fail "a build needs deno or npx: https://docs.deno.com/runtime/"
    fi
    if [ -n "$dry_run" ]; then
      version=$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$source/deno.json")
      find_target
      say "would build rosey $version for $target with: $deno"
      plan
      return
    fi
    built=$(mktemp -d)
    trap 'rm -rf "$built"' EXIT
    say "Building with: $deno"
    # shellcheck disable=SC2086 # the command may be several words: `npx -y deno@…`
    (cd "$source" && $deno task release --host --out "$built" --base-url "file://$built") >"$built/log" 2>&1 || {
      cat "$built/log" >&2
      fail "the build failed"
    }
    sh "$built/install.sh" "$@"
  }

  # Reads a boolean environment variable.
  switch() { case $1 in 0 | no | false) ;; *) printf '%s' "$1" ;; esac }

  settings() {
    root=${ROSEY_ROOT:-}
    prefix=${ROSEY_PREFIX:-}
    version=${ROSEY_VERSION:-}
    version=${version#v}
    repo=${ROSEY_REPO:-}
    url=${ROSEY_BASE_URL:-}
    from=${ROSEY_FROM:-}
    system=$(switch "${ROSEY_SYSTEM:-}")
    dry_run=$(switch "${ROSEY_DRY_RUN:-}")
    no_start=$(switch "${ROSEY_NO_START:-}")
    yes=$(switch "${ROSEY_YES:-}")
    quiet=$(switch "${ROSEY_QUIET:-}")
    purge=$(switch "${ROSEY_PURGE:-}")
    action=install
    [ -z "$(switch "${ROSEY_ROLLBACK:-}")" ] || action=rollback
    [ -z "$(switch "${ROSEY_UNINSTALL:-}")" ] || action=uninstall
    while [ $# -gt 0 ]; do
      case $1 in
        --prefix | --version | --repo | --base-url | --from)
          [ -n "${2:-}" ] || fail "$1 needs a value" 2
          flag=$1 value=$2
          shift
          ;;
        --prefix=?* | --version=?* | --repo=?* | --base-url=?* | --from=?*) flag=${1%%=*} value=${1#*=} ;;
        *) flag=$1 value='' ;;
      esac
      shift
      case $flag in
        --prefix) prefix=$value ;;
        --version) version=${value#v} ;;
        --repo) repo=$value ;;
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
    case ${repo:-owner/name} in
      /* | */ | */*/* | *[!A-Za-z0-9/._-]*) fail "cannot use the repository $repo: expected OWNER/NAME" 2 ;;
      */*) ;;
      *) fail "cannot use the repository $repo: expected OWNER/NAME" 2 ;;
    esac
    # Another repository has releases of its own.
    case $release_url in
      "https://github.com/$repo/"*) ;;
      *) [ -z "$repo" ] || [ -n "$from" ] || release_version="" release_url="" release_sums="" ;;
    esac
    version=${version:-$release_version}
    if [ -n "$repo" ] && [ -z "$url" ]; then
      if [ -n "$version" ]; then url=download/v$version; else url=latest/download; fi
      url=https://github.com/$repo/releases/$url
    fi
    url=${url:-$release_url}
    url=${url%/}
    [ -z "$purge" ] || [ "$action" = uninstall ] || fail "--purge goes with --uninstall" 2
  }

  # True for the installer in the source folder, which builds a release first.
  in_source() {
    source=$(dirname "$0")
    [ "$action" = install ] && [ "${0##*/}" = install.sh ] && [ -f "$source/deno.json" ] &&
      [ -z "$release_version$version$from$url" ]
  }

  main() {
    # Installed files are readable for everybody, whatever the caller's umask.
    umask 022
    settings "$@"
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    # The checksums of this release do not apply to another one.
    sums=''
    [ "$version" != "$release_version" ] || sums=$release_sums
    if [ "$version" != "$release_version" ] && [ "$url" = "$release_url" ]; then
      url=$(printf '%s' "$url" | sed "s|/v[^/]*\$|/v$version|")
    fi
    if [ -n "$system" ]; then
      prefix=${prefix:-$root/usr/local}
      [ -n "$root$dry_run" ] || [ "$(id -u)" = 0 ] || fail "--system needs root: run sudo sh install.sh --system"
      # The prefix becomes part of a unit, where other characters may have a special meaning.
      case $prefix in *[!A-Za-z0-9/._-]*) fail "with --system the prefix may contain only A-Z a-z 0-9 / . _ -" 2 ;; esac
    else
      prefix=${prefix:-${HOME:?is not set: use --prefix}/.local}
    fi
    case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
    lib=$prefix/lib/rosey
    bin=$prefix/bin/rosey
    if in_source; then
      install_from_source "$@"
      return
    fi
    case $action in
      install) install_release ;;
      rollback) rollback ;;
      uninstall) uninstall ;;
    esac
  }

  main "$@"
  exit $?
}
