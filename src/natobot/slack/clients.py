"""Who posts where nobody asked: settings go in, the client of each workspace comes out, with one token or by OAuth."""

from natobot.settings import Settings
from natobot.slack import tokens
from natobot.slack.app import identify, web_client
from natobot.slack.authorize import Installed
from natobot.slack.post import Client, Clients, posting_client
from natobot.state import State, Workspace


def clients(settings: Settings, state: State) -> tuple[Clients, Workspace | None]:
    """The clients that post, and the workspace if there is but one.

    Raises:
        InputError: a setting is wrong, Slack refuses the token or cannot be reached.
    """
    client = web_client(settings)
    if not tokens.by_oauth(settings):
        workspace = identify(client).workspace
        return only(workspace, posting_client(client)), workspace
    # Slack's stores bring SQLAlchemy's asyncio along, which nobody else needs.
    from natobot.slack.installations import Bots, Installations

    store = Installations(state, settings.client_id or "")
    return Installed(Bots(store, client, settings.client_secret or ""), client).client, None


def only(workspace: Workspace, client: Client) -> Clients:
    """The client of the one workspace that a token is for; nothing for those of a token that was there before."""

    def of(other: Workspace) -> Client | None:
        """Ours, if it is ours; a token without a workspace is for all of its organisation."""
        ours = other.team == workspace.team if workspace.team else other.enterprise == workspace.enterprise
        return client if ours else None

    return of
