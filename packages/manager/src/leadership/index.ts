export { campaign, type Sign } from './campaign.js'
export { Council, dismissOthers } from './council.js'
export { LeaderKey, type Leader, type Reign } from './leader-key.js'
