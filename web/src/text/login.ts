/** Words of the sign-in page. */
export const login = {
  title: 'Sign in',
  lead: 'Drover knows what your machines may do. It asks who you are.',
  oidc: 'Sign in with your organisation',
  local: 'On this machine',
  localText: 'Ask for a fresh link in a terminal; it signs in once.',
  token: 'Token of a sign-in link',
  tokenHelp: 'The part after token= of the link that drover login-link prints.',
  use: 'Sign in',
  expired: 'That link was used or has expired. Ask for another one.',
  refused: 'You were not let in.',
  privacy: 'Nothing is sent anywhere: no fonts, no scripts, no measurements.',
}
