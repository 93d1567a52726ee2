import { after, before, suite, test } from 'node:test'
import { Lab, skip } from './lab.js'

/** The engine's nouns in our own command. */
suite('essaim by itself', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-o', 61)
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  test('the life of a container: signals, pauses, ports, names, processes, its end', async () => {
    await lab.does('essaim container run -d --name web -p 18090:80 nginx')
    await lab.says('essaim container port web', '80/tcp -> 0.0.0.0:18090\n80/tcp -> [::]:18090')
    await lab.says('essaim container port web 80 | head -1', '0.0.0.0:18090')
    await lab.refuses('essaim container port web 81', /no public port '81\/tcp' published for web/, 1)
    await lab.says('essaim container top web -o pid,comm', /^PID +COMMAND\n\d+ +sh\n\d+ +(httpd|busybox)$/)
    await lab.says('essaim container pause web', 'web')
    await lab.says("docker inspect -f '{{.State.Status}}' web", 'paused')
    await lab.refuses('essaim container pause web', /is already paused/, 1)
    await lab.says('essaim container unpause web', 'web')
    await lab.says('essaim container restart -t 5 web', 'web')
    await lab.does('essaim container rename web old')
    await lab.says('essaim container kill --signal TERM old', 'old')
    await lab.says('essaim container wait old', '0')
    await lab.refuses('essaim container kill old', /is not running/, 1)
    await lab.refuses('essaim container prune', /this removes all stopped containers[^]*essaim container prune --force/)
    await lab.says('essaim container prune -f', /^\w{64}\nTotal reclaimed space: /)
  })

  test('a container on one more network, and off it; what nobody uses is removed', async () => {
    await lab.does('essaim network create back && essaim container run -d --name box alpine sleep 1000')
    await lab.does('essaim network connect --alias db back box')
    await lab.says('docker run --rm --network back alpine ping -c 1 db', /1 packets received/)
    await lab.does('essaim network disconnect back box')
    await lab.refuses('essaim network disconnect back box', /is not connected to network back/, 1)
    await lab.says('essaim network prune -f', 'back')
    await lab.does('docker rm -f box && docker volume create kept && docker run --rm -v /anonymous alpine true')
    await lab.says('essaim volume prune -f', 'Total reclaimed space: 0B')
    await lab.says('docker volume ls -q', 'kept')
  })

  test('images: how they were made, and an archive that can be loaded', async () => {
    await lab.says('essaim image history alpine', /^IMAGE +CREATED +CREATED BY +SIZE/)
    await lab.does('docker tag alpine saved:1 && essaim image save -o saved.tar saved:1 && docker rmi saved:1')
    await lab.says('docker load -q -i saved.tar', 'Loaded image: saved:1')
    await lab.says('essaim image save saved:1 | tar t | grep -c manifest.json', '1')
    await lab.refuses('essaim image save nosuch', /No such image: nosuch/, 1)
    await lab.says('essaim image prune -f', /^Total reclaimed space: 0B$/)
  })
})
