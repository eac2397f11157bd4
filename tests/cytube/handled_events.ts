/** The recorded events that the bot handles. */
export const HANDLED_EVENTS: readonly string[] = [
  ..."addUser changeMedia channelOpts chatMsg clearchat cooldown errorMsg kick login".split(" "),
  ..."mediaUpdate needPassword noflood pm rank setAFK setPlaylistMeta setUserMeta".split(" "),
  ..."setUserRank spamFiltered userLeave userlist".split(" "),
];
