/** The recorded events that the bot handles. */
export const HANDLED_EVENTS: readonly string[] = [
  ..."addUser changeMedia channelNotRegistered channelOpts chatMsg clearchat closePoll cooldown"
    .split(" "),
  ..."delete errorMsg kick login mediaUpdate moveVideo needPassword newPoll".split(" "),
  ..."noflood playlist pm queue rank setAFK setCurrent setLeader".split(" "),
  ..."setMotd setPermissions setPlaylistMeta setUserMeta setUserRank spamFiltered updatePoll userLeave"
    .split(" "),
  ..."userlist".split(" "),
];
