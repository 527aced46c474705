export { ExplorePage as default } from './ExplorePage'
