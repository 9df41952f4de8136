"""What the command says to a mistake of its user."""

import click


class Mistake(click.ClickException):
    """A mistake of the user: one line on standard error, exit 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the line."""
        click.echo(f"bacasable: {self.message}", err=True)
