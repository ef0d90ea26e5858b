"""What the demo class has written: paragraphs that papers and answers are put together from."""

from random import Random

from assignments.declared import Declared, Quoting

OPENINGS = (
    "I went into this week expecting to talk and found out that I had to listen. The first three people I sat down with "
    "each named a different problem, and none of them named mine.",
    "My people are the night-shift carers of four homes on the east side. I used to say “staff”; since Tuesday I say "
    "their names, because that is the difference between a list and a constituency.",
    "The clinic closes at four. Everybody I spoke to knows it, nobody has ever asked who decided it, and that silence is "
    "where I began.",
    "I had prepared a speech. What I told instead was the evening my mother came home with the letter and put it, "
    "unopened, under the sugar tin. It took ninety seconds and the room was with me.",
    "We are eleven people in a borrowed classroom, two of them there for the biscuits. It is the strongest team I have "
    "been part of, and I want to understand why.",
    "The proposition I brought to the first module was an output with a ribbon around it: two hundred permits a month. "
    "This week I tried to say what the permits are for.",
    "Our authorizing environment turned out to be a map of people I had been avoiding. I have now had coffee with two of "
    "them, and one was right.",
    "I asked the question from the lecture in our Monday meeting: who would miss us, and how would they notice? The "
    "answers went quiet after the second one.",
)
MIDDLES = (
    "What surprised me was how concrete the conversation became once I asked about a particular day. “Transport” turned "
    "into the 5:40 bus that does not come on Fridays, and the 5:40 bus turned into six people who wait for it together.",
    "I notice that I moved too quickly to what should be done. Two people went along with me out of politeness. When I "
    "went back and asked what they would give up for it, one of them laughed and said: not my Saturdays.",
    "Measured by activity we look excellent. Measured by what changed for the families it is harder: school attendance "
    "rose a little in spring and fell again, and I cannot yet tell our part in it from the weather’s.",
    "The hardest sentence to write was the one about legitimacy. I have the mandate on paper. I do not have the two "
    "village committees, and without them the paper is worth what paper is worth.",
    "In the role-play my partner stopped me after the challenge and asked what I had chosen. I had skipped the choice "
    "altogether. The story works only with it: that I stayed when I could have left.",
    "I tried the team’s norms on a small thing first: who keeps time. It felt ridiculous for ten minutes, and then "
    "somebody who had never spoken said we were five minutes over, and we stopped.",
    "We drew the chain from inputs to outcomes on the back of a tender document. The link that nobody could explain was "
    "between the training and the Tuesday after the training.",
)
CLOSINGS = (
    "Before the next paper I will hold three more one-to-ones and end each of them with a question that can be answered "
    "with a date.",
    "What I take from this: ask for less, earlier, and from more people. I will try it on Thursday with the drivers.",
    "I do not know yet whether it is feasible. I know whom to ask, and in which order, and that is more than last week.",
    "Next time I will tell the choice in one sentence and then be quiet for as long as it takes.",
    "I will change one measure and keep the others, so that I can see what the change does.",
)
COMMITMENTS = (
    "",
    "Three one-to-ones by Thursday, each ended with a question that can be answered with a date.",
    "",
    "Tell the choice in one sentence, and then be quiet.",
    "Ask the two village committees before I write another line.",
)
HELP = ("", "My sister read it.", "", "A grammar checker; the words are mine.")
QUOTING = (Quoting.NO, Quoting.UNNAMED, Quoting.NAMED, Quoting.NO)
PRAISE = (
    "The 5:40 bus is the best line in this paper: it lets a reader see the problem at a particular hour. Keep doing that.",
    "You name your people, and one can tell that you have met them. That is the step most first papers miss.",
    "The turn in your second paragraph, from what you do to what it is worth, is exactly the work of this module.",
    "You were honest about the conversation that went wrong, and you say what you would do otherwise. Thank you for it.",
)
ADVICE = (
    "Try to say the change you want in one sentence that your neighbour would repeat. At the moment it takes three.",
    "Ask one of the two people who disagreed what would have to be true for them to come along. Write it down verbatim.",
    "Choose one measure and write beside it what you would do if it went down. If the answer is nothing, take another.",
)
REVISION = (
    "The paper tells what you plan; it does not yet tell what you tried. Hold one of the conversations and write about "
    "that one."
)
REMARKS = ("Say more here: what did she answer?", "This is the sentence to begin with.", "Who decides this? By name.")


def paper(seed: int) -> str:
    """A paper of two to four paragraphs; the same seed gives the same paper."""
    dice = Random(seed)  # noqa: S311 - texts of a demonstration
    middles = dice.sample(MIDDLES, dice.randint(1, 2))
    return "\n\n".join([dice.choice(OPENINGS), *middles, dice.choice(CLOSINGS)])


def beside(seed: int) -> Declared:
    """What its writer says with it."""
    dice = Random(seed)  # noqa: S311 - no secrets are made from it
    return Declared(
        commitment=dice.choice(COMMITMENTS), help_used=dice.choice(HELP), quoting=dice.choice(QUOTING).value
    )


def begun(seed: int) -> str:
    """A draft: the first half of a paper."""
    text = paper(seed)
    return text[: len(text) // 2].rsplit(" ", 1)[0]


KEPT_COMMENTS = (
    "{name}, who decided this, and who was not asked?",
    "Begin with the scene; the theory can wait for the second page.",
    "This is the sentence that the paper is about, {name}. Put it first.",
)
WRITTEN_ANEW = "She answered that she had waited two years for somebody to ask, and named three others who had too."
TRIED = (
    "On Saturday I held the conversation that I had planned. It took forty minutes, and I spoke for ten of them. We "
    "agreed to ask two people each before the month is over."
)

SECOND_NOTES = (
    "The account is vivid; I found the lesson only in the last sentence.",
    "",
    "I hesitated between the two upper levels: the commitment is there, who was asked is not.",
)

CONCERNS = (
    "The middle of this paper does not sound like its beginning, and I have read that paragraph before. I would rather "
    "that somebody looked at it before I answer.",
    "A story in the second paragraph names a third person with their illness. May we read this?",
)
OUTCOME = "Talked it over with the fellow: the person named is the writer's own brother, who knows and agrees."
