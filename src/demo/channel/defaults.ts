import { DEFAULT_LIMIT, type FloodLimit } from "./throttle.ts";

/** May mute and kick, and sees who is muted. */
export const MUTE_RANK = 1.5;
/** Moderators clear chat, see aliases and are exempt from the channel's flood limit. */
export const MODERATOR_RANK = 2;
export const SITE_RANK = 255;

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
    chat_antiflood_params: DEFAULT_LIMIT,
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

const EMPTY_FILE_HASH = "1B2M2Y8AsgTpgAmY7PhCfg==";
/** `channelCSSJS` of a channel without CSS and JS. */
export const NO_STYLE = { css: "", cssHash: EMPTY_FILE_HASH, js: "", jsHash: EMPTY_FILE_HASH };

export function isChannelName(name: string): boolean {
  return /^[\w-]{1,30}$/.test(name);
}

export function isUserName(name: string): boolean {
  return /^[\w-]{1,20}$/.test(name);
}
