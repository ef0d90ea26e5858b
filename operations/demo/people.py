"""The made-up people of the demo class. All of them live under example.org; nobody of this name is meant."""

import unicodedata
from dataclasses import dataclass

PASSWORD = "lyceum-demo"  # noqa: S105 - printed by `make demo` on purpose; exists in the demo only


@dataclass(frozen=True)
class Person:
    """A made-up person; the address follows from the name."""

    name: str
    zone: str
    addressed_as: str = ""
    pronouns: str = ""

    @property
    def email(self) -> str:
        """First name and last name, without accents, under example.org."""
        bare = unicodedata.normalize("NFKD", self.name.translate(LETTERS))
        plain = "".join(sign for sign in bare if not unicodedata.combining(sign)).lower()
        plain = plain.replace("’", "").replace("'", "")
        parts = [part for part in plain.split() if part.isascii()]
        return f"{parts[0]}.{parts[-1]}@example.org"


# Letters that are no plain letter with an accent.
LETTERS = str.maketrans("øđıłØĐŁ", "odilODL")

LOA_PARTICIPANTS = (
    Person("Amara Okafor", "Africa/Lagos", pronouns="she/her"),
    Person("Rohan Deshmukh", "Asia/Kolkata"),
    Person("Sunita Gurung", "Asia/Kathmandu", pronouns="she/her"),
    Person("Jovana Marković", "Europe/Belgrade"),
    Person("Liam Whitaker", "Australia/Sydney", pronouns="he/him"),
    Person("María José Fernández de la Cruz y Villanueva", "America/Bogota", addressed_as="María José"),
    Person("Thabo Mokoena", "Africa/Johannesburg"),
    Person("Hye-jin Park", "Asia/Seoul"),
    Person("Nadia El Amrani", "Africa/Casablanca"),
    Person("Kwame Asante", "Africa/Accra"),
    Person("Ingrid Solberg", "Europe/Oslo"),
    Person("Mateus Carvalho", "America/Sao_Paulo"),
    Person("Aroha Ngata", "Pacific/Auckland", pronouns="she/they"),
    Person("Faisal Rahmani", "Asia/Kabul"),
    Person("Chiara Benedetti", "Europe/Rome"),
    Person("Daniel Osei Tutu", "Africa/Accra"),
    Person("Priya Raghunathan", "Asia/Kolkata"),
    Person("Tomasz Wiśniewski", "Europe/Warsaw"),
    Person("Leilani Kealoha", "Pacific/Honolulu"),
    Person("Yusuf Demir", "Europe/Istanbul"),
    Person("Sofía Herrera", "America/Mexico_City"),
    Person("Grace Wanjiku", "Africa/Nairobi"),
    Person("Oleksandr Shevchuk", "Europe/Kyiv"),
    Person("Maya Goldberg", "Asia/Jerusalem"),
    Person("Jamal Whitfield", "America/Chicago"),
    Person("Linh Tran", "Asia/Ho_Chi_Minh"),
    Person("Eleanor Fitzgerald", "America/New_York"),
    Person("Bat-Erdene Ganbold", "Asia/Ulaanbaatar"),
    Person("Rosa Quispe", "America/Lima"),
    Person("Tevita Fonua", "Pacific/Tongatapu"),
)

CPV_PARTICIPANTS = (
    Person("Helen Ashworth", "Europe/London"),
    Person("Samuel Adjei", "Africa/Accra"),
    Person("Noor Haddad", "Asia/Beirut", pronouns="she/her"),
    Person("Kenji Watanabe", "Asia/Tokyo"),
    Person("Beatriz Nogueira", "Europe/Lisbon"),
    Person("Siddharth Menon", "Asia/Kolkata"),
    Person("Astrid Lindqvist", "Europe/Stockholm"),
    Person("Carlos Echeverría", "America/Santiago"),
    Person("Fatima Bello", "Africa/Lagos"),
    Person("Owen Gallagher", "Europe/Dublin"),
    Person("Mei-ling Chua", "Asia/Singapore"),
    Person("Deborah Kaplan", "America/New_York"),
    Person("Ramesh Thapa", "Asia/Kathmandu"),
    Person("Anneke de Vries", "Europe/Amsterdam"),
    Person("Joseph Nakamura-Oyelaran", "America/Los_Angeles"),
    Person("Zanele Dlamini", "Africa/Johannesburg"),
    Person("Viktor Horváth", "Europe/Budapest"),
    Person("Isabelle Tremblay", "America/Toronto"),
    Person("Ahmed Al Mansoori", "Asia/Dubai"),
    Person("Wiremu Parata", "Pacific/Auckland"),
    Person("Lucía Paredes", "America/Argentina/Buenos_Aires"),
    Person("Emeka Nwosu", "Africa/Lagos"),
    Person("Hanna Virtanen", "Europe/Helsinki"),
    Person("Farida Karimova", "Asia/Tashkent"),
    Person("Peter Achterberg", "Europe/Berlin"),
    Person("Ayesha Siddiqui", "Asia/Karachi"),
    Person("Malcolm Reid", "Australia/Perth"),
    Person("Tuan Pham", "Asia/Ho_Chi_Minh"),
    Person("Claudia Moretti", "Europe/Zurich"),
    Person("Blessing Moyo", "Africa/Harare"),
)

FELLOWS = (
    Person("Milica Petrović", "Europe/Belgrade"),
    Person("Andre Baptiste", "America/New_York"),
    Person("Shabnam Kaur", "Asia/Kolkata"),
)
CPV_FELLOWS = (
    Person("Judith Okonkwo", "Europe/London"),
    Person("Paul Hartmann", "America/Denver"),
)
HEAD_FELLOW = Person("Ruth Adeyemi", "Africa/Lagos")
DIRECTOR = Person("Dana Whitcombe", "America/New_York")
CPV_DIRECTOR = Person("Gregory Sandoval", "America/New_York")
COORDINATOR = Person("Tomás Reyes", "America/New_York")
CHAIR = Person("Margaret Ellery", "America/New_York")
ASSISTANT = Person("Ilse Brandt", "America/New_York")
OPERATOR = Person("Oskar Lind", "Europe/Stockholm")

# Who is printed by `make demo` and offered at its sign-in page, and what they will find.
SHOWN = (
    (LOA_PARTICIPANTS[0], "participant of Leadership, Organizing and Action: a paper due this week"),
    (CPV_PARTICIPANTS[0], "participant of Creating Public Value: modules in strict order"),
    (FELLOWS[0], "teaching fellow of section A: papers that wait for an answer"),
    (HEAD_FELLOW, "head teaching fellow: the desk of all sections"),
    (CHAIR, "faculty chair: the class before the live lecture, every paper and every queue"),
    (DIRECTOR, "program director of Leadership, Organizing and Action: the program office"),
    (CPV_DIRECTOR, "program director of Creating Public Value: sees that program only"),
    (COORDINATOR, "program coordinator: people, rosters, meetings"),
    (OPERATOR, "operator: health of the platform, opens no paper"),
)
