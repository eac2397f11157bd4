import type { FloodLimit } from "./types.ts";

/** `setPermissions` of a channel with default settings: the rank that each action needs. */
export const PERMISSIONS: Readonly<Record<string, number>> = {
  seeplaylist: -1,
  playlistadd: 1.5,
  playlistnext: 1.5,
  playlistmove: 1.5,
  playlistdelete: 2,
  playlistjump: 1.5,
  playlistaddlist: 1.5,
  oplaylistadd: -1,
  oplaylistnext: 1.5,
  oplaylistmove: 1.5,
  oplaylistdelete: 2,
  oplaylistjump: 1.5,
  oplaylistaddlist: 1.5,
  playlistaddcustom: 3,
  playlistaddrawfile: 2,
  playlistaddlive: 1.5,
  exceedmaxlength: 2,
  addnontemp: 2,
  settemp: 2,
  playlistshuffle: 2,
  playlistclear: 2,
  pollctl: 1.5,
  pollvote: -1,
  viewhiddenpoll: 1.5,
  voteskip: -1,
  viewvoteskip: 1.5,
  mute: 1.5,
  kick: 1.5,
  ban: 2,
  motdedit: 3,
  filteredit: 3,
  filterimport: 3,
  emoteedit: 3,
  emoteimport: 3,
  playlistlock: 2,
  leaderctl: 2,
  drink: 1.5,
  chat: 0,
  chatclear: 2,
  exceedmaxitems: 2,
  deletefromchannellib: 2,
  exceedmaxdurationperuser: 2,
};

/** May mute and kick, and sees who is muted. */
export const MUTE_RANK = 1.5;
/** Moderators clear chat, see aliases and are exempt from the channel's flood limit. */
export const MODERATOR_RANK = 2;
/** Administrators of the site. */
export const SITE_RANK = 255;

/** `channelOpts`. */
export interface ChannelOpts {
  chat_antiflood: boolean;
  chat_antiflood_params: FloodLimit;
  password: string | false;
  block_anonymous_users: boolean;
  [key: string]: unknown;
}

export function defaultOpts(name: string): ChannelOpts {
  return {
    allow_voteskip: true,
    voteskip_ratio: 0.5,
    afk_timeout: 600,
    pagetitle: name,
    maxlength: 0,
    externalcss: "",
    externaljs: "",
    chat_antiflood: false,
    chat_antiflood_params: { burst: 4, sustained: 1, cooldown: 4 },
    show_public: false,
    enable_link_regex: true,
    password: false,
    allow_dupes: false,
    torbanned: false,
    block_anonymous_users: false,
    allow_ascii_control: false,
    playlist_max_per_user: 0,
    new_user_chat_delay: 0,
    new_user_chat_link_delay: 0,
    playlist_max_duration_per_user: 0,
  };
}

/** `channelCSSJS` of a channel without CSS and JS; the hashes are those of empty files. */
export const NO_STYLE: Readonly<Record<string, string>> = {
  css: "",
  cssHash: "1B2M2Y8AsgTpgAmY7PhCfg==",
  js: "",
  jsHash: "1B2M2Y8AsgTpgAmY7PhCfg==",
};

export function isChannelName(name: string): boolean {
  return /^[\w-]{1,30}$/.test(name);
}

export function isUserName(name: string): boolean {
  return /^[\w-]{1,20}$/.test(name);
}

export function isReservedName(name: string): boolean {
  return name.split(/[-_]/).some((word) => /^(?:admin|administrator|owner)$/i.test(word));
}

/** Maps names that look alike to one spelling. */
export function lookalike(name: string): string {
  return name.toLowerCase().replace(/[il]/g, "1").replaceAll("o", "0");
}
