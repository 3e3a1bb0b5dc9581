"""A local Slack on 127.0.0.1: the tour, the tests and the page talk to the real app through it, with no account.

::

    people ──► payloads ──► delivery (signed HTTP) | sockets (Socket Mode) ──► the app
                                                                                 │
    state  ◄── methods | replies ◄── web (/api/…, response_url) ◄────────────────┘
                  ▲                   ▲
          blocks ◄┴─ limits        faults

    page (a browser's requests) ──► acts (what people do there) | screen (what they see), static/ (what draws it)

    hub (what workspaces share) ◄── oauth (codes and tokens) | consent (what people allow)

``server`` has the ``Playground`` that starts it all and is the first ``Workspace``; ``cast`` its made-up people;
docs/local-slack.md says what of Slack is implemented. It knows nothing of natobot, so any Slack app can be tried against it.
"""
