"""A local Slack on 127.0.0.1: the tour, the tests and the page talk to the real app through it, with no account.

::

    people ──► payloads ──► delivery (signed HTTP) | sockets (Socket Mode) ──► the app
                                                                                 │
    state  ◄── methods | replies ◄── web (/api/…, response_url) ◄────────────────┘
                  ▲                   ▲
          blocks ◄┴─ limits        faults

``server`` has the ``Playground`` that starts it all; ``cast`` the made-up workspace; docs/local-slack.md says what of
Slack is implemented. It knows nothing of natobot, so any Slack app can be tried against it.
"""
