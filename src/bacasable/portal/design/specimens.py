"""A rule of CSS for each token that can be seen: what the page of tokens shows, one class each."""

from .tokens import Token, all_tokens, css_value

# What a token is shown as, by the beginning of its path.
_PROPERTIES = {
    "color": "background",
    "theme": "background",
    "font.family": "font-family",
    "font.weight": "font-weight",
    "font.size": "font-size",
    "font.tracking": "letter-spacing",
    "type": "font",
    "space": "inline-size",
    "border": "inline-size",
    "radius": "border-radius",
    "elevation": "box-shadow",
    "motion.duration": "transition-duration",
    "motion.easing": "transition-timing-function",
}


def specimens() -> str:
    """The style sheet of the page of tokens: `.specimen-PATH` shows a token as it is used."""
    return "".join(_rule(token) for token in all_tokens().values())


def class_of(token: Token) -> str:
    """The name of the class that shows a token."""
    return "specimen-" + token.path.replace(".", "-")


def _rule(token: Token) -> str:
    for beginning, name in _PROPERTIES.items():
        if token.path.startswith(beginning + "."):
            # What less motion asks for holds on this page too.
            value = f"var({token.property})" if beginning[:6] == "motion" else css_value(token)
            return f".{class_of(token)} {{ {name}: {value}; }}\n"
    return ""
