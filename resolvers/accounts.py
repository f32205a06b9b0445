"""Accounts: from sign-up to deletion.

Nothing here tells whether an address has an account. Anyone may sign up with any address; it
belongs to the account that proves, by a code that was mailed, that it reads the address's mail.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from db.accounts import (
    AccountRecord,
    delete_user_email,
    insert_account,
    insert_user_email,
    select_account,
    select_user_id_by_email,
    update_account_email,
    update_account_password,
)
from db.rows import Connection
from db.sessions import delete_mailed_code, delete_mailed_codes, delete_sessions, upsert_mailed_code
from db.users import UserRecord, insert_user, insert_user_name, select_users
from resolvers import deletions, letters
from resolvers.attempts import attempt_code, attempt_mail, attempt_sign_in, attempt_sign_up
from resolvers.auth.codes import Code
from resolvers.auth.emails import BadEmail, clean_email, email_key
from resolvers.auth.names import BadName, clean_display_name, clean_user_name, user_name_key
from resolvers.auth.passwords import BadPassword, check_password
from resolvers.context import Context, Services
from resolvers.errors import AccountGone, Invalid, NotAllowed, Taken, WrongCredentials
from resolvers.ids import global_user_id
from resolvers.letters import Letter
from resolvers.sessions import (
    SignedIn,
    access_tokens,
    begin_session,
    clean_device,
    hashed,
    utc,
    verified,
)
from resolvers.viewer import DISABLED, Role, Viewer

VERIFY_EMAIL: Final = "VERIFY_EMAIL"
RESET_PASSWORD: Final = "RESET_PASSWORD"  # noqa: S105 (what a code is for)

VERIFICATION_LIFE: Final = timedelta(hours=24)
RESET_LIFE: Final = timedelta(hours=1)

WRONG_PASSWORD: Final = "This is not the password."  # noqa: S105
WRONG_CODE: Final = "This code is not right, or it has been used, replaced or has ended."


@dataclass(frozen=True, slots=True)
class Viewed:
    """The viewer, whose account was changed."""

    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Mailed:
    """A code is on its way, if there is whom to send it to."""

    email: str
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted_user_id: str


async def sign_up(
    context: Context,
    *,
    user_name: str,
    display_name: str | None,
    email: str,
    password: str,
    device: str,
) -> SignedIn:
    """A new person, signed in; a code is mailed to the address.

    Raises `Invalid`, `Taken` and `TooManyAttempts`.
    """
    tokens = access_tokens(context)
    user_name = _user_name(user_name)
    display_name = _display_name(user_name if display_name is None else display_name)
    email = _email(email)
    device = clean_device(device)
    _check_password("password", password, user_name, email)
    await attempt_sign_up(context, email_key(email))
    password_hash = await hashed(context, password)
    user_id = context.services.ids.next()

    async def work(connection: Connection) -> tuple[SignedIn, Letter]:
        if not await insert_user_name(connection, user_name_key(user_name), user_id):
            raise Taken("userName", "Somebody has this name, or one that looks like it.")
        await insert_user(connection, user_id, user_name, display_name, utc(context))
        await insert_account(
            connection,
            user_id,
            email=email,
            email_verified_at=None,
            password_hash=password_hash,
            role=Role.LISTENER.value,
        )
        letter = await _verification(context, connection, user_id, user_name, email)
        signed_in = await begin_session(context, connection, tokens, user_id, Role.LISTENER, device)
        return signed_in, letter

    signed_in, letter = await context.transact(work)
    context.services.background.start(context.services.mailer.send(letter))
    return signed_in


async def verify_email(context: Context, *, code: str) -> Viewed:
    """The viewer proves to read the mail of an address: from now on it is theirs alone.

    Raises `WrongCredentials`, and `Taken` when another account proved it before.
    """
    viewer = context.signed_in()
    await attempt_code(context)
    parsed = Code.parse(code)
    if parsed is None:
        raise WrongCredentials(WRONG_CODE)

    async def work(connection: Connection) -> None:
        account = await _account(connection, viewer.id)
        used = await delete_mailed_code(
            connection,
            viewer.id,
            VERIFY_EMAIL,
            code_sha256=parsed.sha256,
            now=utc(context),
        )
        if used is None:
            raise WrongCredentials(WRONG_CODE)
        key = email_key(used.email)
        if not await insert_user_email(connection, key, viewer.id):
            raise Taken(
                "code",
                "Another account has this address already: sign in to that one, or set a "
                "new password for it.",
            )
        await _release_email(connection, account, but=key)
        await delete_mailed_codes(connection, viewer.id, RESET_PASSWORD)
        await update_account_email(connection, viewer.id, used.email, utc(context))

    await context.transact(work)
    return Viewed(viewer)


async def change_email(context: Context, *, email: str, password: str) -> Mailed:
    """Mails a code to an address, new or still to be confirmed; `verify_email` makes the change.

    Raises `Invalid` and `WrongCredentials`.
    """
    viewer = context.signed_in()
    email = _email(email)
    await authenticated(context, viewer, password)
    await attempt_mail(context, email_key(email))

    async def work(connection: Connection) -> Letter:
        user = await _user(connection, viewer.id)
        return await _verification(context, connection, viewer.id, user.user_name, email)

    letter = await context.transact(work)
    context.services.background.start(context.services.mailer.send(letter))
    return Mailed(email, int(VERIFICATION_LIFE.total_seconds()))


async def change_password(context: Context, *, current_password: str, new_password: str) -> Viewed:
    """Sets another password and ends all other sessions. Raises `Invalid`, `WrongCredentials`."""
    viewer = context.signed_in()
    account = await authenticated(context, viewer, current_password)
    if account.password_hash is None:
        raise NotAllowed("This account signs in with another provider: it has no password here.")
    _check_password("newPassword", new_password, account.email or "")
    new_hash = await hashed(context, new_password)

    async def work(connection: Connection) -> None:
        await update_account_password(connection, viewer.id, new_hash)
        await delete_mailed_codes(connection, viewer.id, RESET_PASSWORD)
        await delete_sessions(connection, viewer.id, but=viewer.session_id)

    await context.transact(work)
    return Viewed(viewer)


async def request_password_reset(context: Context, *, email: str) -> Mailed:
    """Mails a code, if the address is somebody's. What is done for it is done afterwards."""
    email = _email(email)
    await attempt_mail(context, email_key(email))
    context.services.background.start(_mail_reset(context, email))
    return Mailed(email, int(RESET_LIFE.total_seconds()))


async def _mail_reset(context: Context, email: str) -> None:
    async def work(connection: Connection) -> Letter | None:
        user_id = await select_user_id_by_email(connection, email_key(email))
        account = None if user_id is None else await select_account(connection, user_id)
        if account is None or account.email is None or account.disabled_at is not None:
            return None
        user = await _user(connection, account.user_id)
        code = Code.new(account.user_id)
        await upsert_mailed_code(
            connection,
            account.user_id,
            RESET_PASSWORD,
            code_sha256=code.sha256,
            email=account.email,
            expires_at=utc(context) + RESET_LIFE,
        )
        link = _reset_page(context, code)
        return letters.password_reset(account.email, user.user_name, code, RESET_LIFE, link)

    letter = await context.transact(work)
    if letter is not None:
        await context.services.mailer.send(letter)


def _reset_page(context: Context, code: Code) -> str | None:
    """The player's page that takes a new password. Behind `#`, no server and no log sees the code;
    short enough for a line of a mail."""
    player = context.services.player_url
    return None if player is None else f"{player.rstrip('/')}/reset#{code}"


async def reset_password(
    context: Context, *, code: str, new_password: str, device: str
) -> SignedIn:
    """Sets a password by a mailed code, ends all sessions and begins a new one.

    Raises `Invalid`, `WrongCredentials`, and `NotAllowed` when the account is disabled.
    """
    tokens = access_tokens(context)
    device = clean_device(device)
    parsed = Code.parse(code)
    _check_password("newPassword", new_password)
    await attempt_code(context)
    new_hash = await hashed(context, new_password)
    if parsed is None:
        raise WrongCredentials(WRONG_CODE)

    async def work(connection: Connection) -> SignedIn:
        used = await delete_mailed_code(
            connection,
            parsed.user_id,
            RESET_PASSWORD,
            code_sha256=parsed.sha256,
            now=utc(context),
        )
        if used is None:
            raise WrongCredentials(WRONG_CODE)
        account = await _account(connection, parsed.user_id)
        if account.disabled_at is not None:
            raise NotAllowed(DISABLED)
        await update_account_password(connection, account.user_id, new_hash)
        await delete_sessions(connection, account.user_id)
        return await begin_session(
            context, connection, tokens, account.user_id, Role(account.role), device
        )

    return await context.transact(work)


async def delete_account(context: Context, *, password: str | None) -> Deleted:
    """Marks the account as deleted; nobody sees or signs in to it from now on. What is theirs goes
    afterwards, in the background. Raises `WrongCredentials`."""
    viewer = context.signed_in()
    await authenticated(context, viewer, password or "")

    async def work(connection: Connection) -> None:
        account = await _account(connection, viewer.id)
        await deletions.begin(connection, account, utc(context))

    await context.transact(work)
    services = context.services
    services.background.start(_erase(services, viewer.id))
    return Deleted(global_user_id(viewer.id))


async def _erase(services: Services, user_id: int) -> None:
    await deletions.erase(services.pool, services.objects, user_id)


async def _verification(
    context: Context, connection: Connection, user_id: int, user_name: str, email: str
) -> Letter:
    """A new code to confirm an address by."""
    code = Code.new(user_id)
    await upsert_mailed_code(
        connection,
        user_id,
        VERIFY_EMAIL,
        code_sha256=code.sha256,
        email=email,
        expires_at=utc(context) + VERIFICATION_LIFE,
    )
    return letters.verification(email, user_name, code, VERIFICATION_LIFE)


async def _release_email(
    connection: Connection, account: AccountRecord, *, but: str | None = None
) -> None:
    """Gives up the claim to the account's address, unless its key is the one `but`."""
    if account.email is not None and account.email_verified_at is not None:
        key = email_key(account.email)
        if key != but:
            await delete_user_email(connection, key, account.user_id)


async def authenticated(context: Context, viewer: Viewer, password: str) -> AccountRecord:
    """The viewer's account. Raises `WrongCredentials` unless this is its password, and
    `TooManyAttempts`.

    People of an external provider have none, and nothing to prove here.
    """
    await attempt_sign_in(context, f"#{viewer.id}")
    async with context.connection() as connection:
        account = await _account(connection, viewer.id)
    if account.password_hash is not None and not await verified(context, account, password):
        raise WrongCredentials(WRONG_PASSWORD)
    return account


async def _account(connection: Connection, user_id: int) -> AccountRecord:
    account = await select_account(connection, user_id)
    if account is None:
        raise AccountGone
    return account


async def _user(connection: Connection, user_id: int) -> UserRecord:
    users = await select_users(connection, [user_id])
    if not users:
        raise AccountGone
    return users[0]


def _user_name(user_name: str) -> str:
    try:
        return clean_user_name(user_name)
    except BadName as error:
        raise Invalid("userName", str(error)) from error


def _display_name(display_name: str) -> str:
    try:
        return clean_display_name(display_name)
    except BadName as error:
        raise Invalid("displayName", str(error)) from error


def _email(email: str) -> str:
    try:
        return clean_email(email)
    except BadEmail as error:
        raise Invalid("email", str(error)) from error


def _check_password(field: str, password: str, *others: str) -> None:
    try:
        check_password(password, *others)
    except BadPassword as error:
        raise Invalid(field, str(error)) from error
