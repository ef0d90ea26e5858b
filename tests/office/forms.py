from bs4 import BeautifulSoup


def fields_of(answer, form="#content form"):
    """What the browser would send back untouched."""
    soup = BeautifulSoup(answer.content, "html.parser")
    sent = {}
    for field in soup.select_one(form).select("input[name], select[name], textarea[name]"):
        name = field["name"]
        if field.name == "select":
            sent[name] = [option["value"] for option in field.select("option[selected]")]
        elif field.name == "textarea":
            sent[name] = field.text.removeprefix("\n")
        elif field.get("type") in ("checkbox", "radio"):
            if field.has_attr("checked"):
                sent.setdefault(name, []).append(field.get("value", "on"))
        elif field.get("type") != "submit":
            sent.setdefault(name, []).append(field.get("value", ""))
    return sent


def text_of(answer, part="#content"):
    """What stands on the page, in one line."""
    return " ".join(BeautifulSoup(answer.content, "html.parser").select_one(part).get_text(" ").split())


def errors_of(answer):
    soup = BeautifulSoup(answer.content, "html.parser")
    return " ".join(" ".join(part.get_text(" ") for part in soup.select(".errornote, .errorlist")).split())
