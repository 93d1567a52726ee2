import { command } from '../../core/command.js'
import { splitReference } from '../../progress/pull.js'

export default command({
  usage: 'IMAGE[:TAG] NAME[:TAG]',
  about: 'Give an image another name.',
  examples: ['essaim image tag shop/web:latest registry.example.org/shop/web:1.4'],
  flags: {},
  args: [2, 2],
  async run(context, _, [image = '', target = '']) {
    const { name, tag } = splitReference(target)
    await context.client.images.tag(image, { repo: name, tag })
  },
})
