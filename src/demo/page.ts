export function channelPage(_o: {title: string; subtitle: string}): string { return ""; }
