"""Accounts: from sign-up to deletion."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import accounts
from resolvers.context import Info
from schema.access import ANYONE, SIGNED_IN, mutation
from schema.failures import Invalid, Taken, WrongCredentials, payload
from schema.session import Credentials
from schema.viewer import Viewer


@strawberry.input(description="Who signs up.")
class SignUpInput:
    user_name: str = strawberry.field(
        description=(
            "A unique name of 3 to 30 letters from a to z and digits, with single dots, hyphens "
            "and underscores between them. Others see it."
        )
    )
    email: str = strawberry.field(
        description="Where a code is sent to. Nobody else sees it, nor whether it is known."
    )
    password: str = strawberry.field(description="At least 10 characters, of any kind.")
    display_name: str | None = strawberry.field(
        default=None,
        description="The name that others see, in any script; the user name if there is none.",
    )
    device: str = strawberry.field(
        default="", description="What the viewer knows this place by: `Ada's phone`."
    )


@strawberry.type(description="Somebody has signed up, and is signed in.")
class SignUpPayload:
    is_type_of = payload

    credentials: Credentials = strawberry.field(description="What to send from now on.")
    viewer: Viewer = strawberry.field(description="Who has signed up.")


SignUpResult: TypeAlias = Annotated[
    SignUpPayload | Invalid | Taken,
    strawberry.union("SignUpResult", description="What became of it."),
]


@strawberry.input(description="What proves that the viewer reads the mail of an address.")
class VerifyEmailInput:
    code: str = strawberry.field(description="The code from the mail.")


@strawberry.type(description="The address is the viewer's.")
class VerifyEmailPayload:
    is_type_of = payload

    viewer: Viewer = strawberry.field(description="The viewer, with the address.")


VerifyEmailResult: TypeAlias = Annotated[
    VerifyEmailPayload | WrongCredentials | Taken,
    strawberry.union("VerifyEmailResult", description="What became of it."),
]


@strawberry.input(description="Which address to use.")
class ChangeEmailInput:
    email: str = strawberry.field(
        description="A new address, or the present one if it is not confirmed yet."
    )
    password: str = strawberry.field(description="The viewer's password.")


@strawberry.type(description="A code was mailed; `verifyEmail` with it makes the change.")
class ChangeEmailPayload:
    is_type_of = payload

    email: str = strawberry.field(description="Where the code was sent to.")
    expires_in_seconds: int = strawberry.field(description="For how long it is good.")


ChangeEmailResult: TypeAlias = Annotated[
    ChangeEmailPayload | Invalid | WrongCredentials,
    strawberry.union("ChangeEmailResult", description="What became of it."),
]


@strawberry.input(description="The passwords, old and new.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password so far.")
    new_password: str = strawberry.field(description="At least 10 characters, of any kind.")


@strawberry.type(description="The password was changed. All other devices are signed out.")
class ChangePasswordPayload:
    is_type_of = payload

    viewer: Viewer = strawberry.field(description="The viewer.")


ChangePasswordResult: TypeAlias = Annotated[
    ChangePasswordPayload | Invalid | WrongCredentials,
    strawberry.union("ChangePasswordResult", description="What became of it."),
]


@strawberry.input(description="Who has forgotten the password.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="The confirmed address of the account.")


@strawberry.type(
    description=(
        "A code was mailed if an account has this address. Nothing tells whether one has, except "
        "the mail."
    )
)
class RequestPasswordResetPayload:
    is_type_of = payload

    email: str = strawberry.field(description="The address that was given.")
    expires_in_seconds: int = strawberry.field(description="For how long a code is good.")


RequestPasswordResetResult: TypeAlias = Annotated[
    RequestPasswordResetPayload | Invalid,
    strawberry.union("RequestPasswordResetResult", description="What became of it."),
]


@strawberry.input(description="A new password for one that was forgotten.")
class ResetPasswordInput:
    code: str = strawberry.field(description="The code from the mail.")
    new_password: str = strawberry.field(description="At least 10 characters, of any kind.")
    device: str = strawberry.field(
        default="", description="What the viewer knows this place by: `Ada's phone`."
    )


@strawberry.type(description="The password is set. Only this device is signed in.")
class ResetPasswordPayload:
    is_type_of = payload

    credentials: Credentials = strawberry.field(description="What to send from now on.")
    viewer: Viewer = strawberry.field(description="Who is signed in.")


ResetPasswordResult: TypeAlias = Annotated[
    ResetPasswordPayload | Invalid | WrongCredentials,
    strawberry.union("ResetPasswordResult", description="What became of it."),
]


@strawberry.input(description="What proves that it is the viewer who wants this.")
class DeleteAccountInput:
    password: str | None = strawberry.field(
        default=None,
        description="The password; none for who signs in with an external provider.",
    )


@strawberry.type(
    description=(
        "The account is gone. What belonged to it is being deleted, and its name and address are "
        "free again when that is done: within seconds, or minutes where it was very much."
    )
)
class DeleteAccountPayload:
    is_type_of = payload

    deleted_user_id: strawberry.ID = strawberry.field(description="Whose account it was.")


DeleteAccountResult: TypeAlias = Annotated[
    DeleteAccountPayload | WrongCredentials,
    strawberry.union("DeleteAccountResult", description="What became of it."),
]


async def _sign_up(info: Info, input: SignUpInput) -> Any:
    return await accounts.sign_up(
        info.context,
        user_name=input.user_name,
        display_name=input.display_name,
        email=input.email,
        password=input.password,
        device=input.device,
    )


async def _verify_email(info: Info, input: VerifyEmailInput) -> Any:
    return await accounts.verify_email(info.context, code=input.code)


async def _change_email(info: Info, input: ChangeEmailInput) -> Any:
    return await accounts.change_email(info.context, email=input.email, password=input.password)


async def _change_password(info: Info, input: ChangePasswordInput) -> Any:
    return await accounts.change_password(
        info.context, current_password=input.current_password, new_password=input.new_password
    )


async def _request_password_reset(info: Info, input: RequestPasswordResetInput) -> Any:
    return await accounts.request_password_reset(info.context, email=input.email)


async def _reset_password(info: Info, input: ResetPasswordInput) -> Any:
    return await accounts.reset_password(
        info.context, code=input.code, new_password=input.new_password, device=input.device
    )


async def _delete_account(info: Info, input: DeleteAccountInput) -> Any:
    return await accounts.delete_account(info.context, password=input.password)


@strawberry.type
class AccountMutations:
    sign_up: SignUpResult = mutation(
        _sign_up,
        allowed=ANYONE,
        description=(
            "Makes an account, signs in, and mails a code for `verifyEmail`. An address can have "
            "any number of accounts until one of them confirms it."
        ),
    )
    verify_email: VerifyEmailResult = mutation(
        _verify_email,
        allowed=SIGNED_IN,
        description="Confirms an address, so that it signs in and can reset the password.",
    )
    change_email: ChangeEmailResult = mutation(
        _change_email,
        allowed=SIGNED_IN,
        description="Mails a code to another address, or once more to the present one.",
    )
    change_password: ChangePasswordResult = mutation(
        _change_password,
        allowed=SIGNED_IN,
        description="Changes the password, and signs out all other devices.",
    )
    request_password_reset: RequestPasswordResetResult = mutation(
        _request_password_reset,
        allowed=ANYONE,
        description="Mails a code for `resetPassword` to an address, if an account has it.",
    )
    reset_password: ResetPasswordResult = mutation(
        _reset_password,
        allowed=ANYONE,
        description="Sets a new password by a code, signs out everywhere, and signs in here.",
    )
    delete_account: DeleteAccountResult = mutation(
        _delete_account,
        allowed=SIGNED_IN,
        description=(
            "Deletes the viewer's account and all that is theirs, for ever. Others see nothing of "
            "it from now on, and nobody can sign in to it."
        ),
    )
