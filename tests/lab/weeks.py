"""What happens in a week, drawn by lot; the same lot each time."""

import random
from datetime import timedelta

from tests.lab.world import WEEK_BEGINS, WEEK_ENDS, World

SECOND = timedelta(seconds=1)


def draw_acts(world, chance):
    """(instant, act) through the week: handing in, drafts, extensions of each kind, leave and withdrawal."""
    acts = []

    def at(low, high, act, *arguments):
        acts.append(
            (WEEK_BEGINS + timedelta(minutes=chance.randrange(int(low * 1440), int(high * 1440))), act, arguments)
        )

    for person in world.places:
        for thing in world.works:
            lot = chance.random()
            if lot < 0.1:
                at(0, 0.1, world.hand_in, person, thing)
            elif lot < 0.5:
                days_left = (world.works[thing].due_at - WEEK_BEGINS) / timedelta(days=1)
                at(max(days_left - 3.2, 0), days_left, world.hand_in, person, thing)
            if 0.3 < lot < 0.7:
                at(0, 1.5, world.write, person, thing)
        lot = chance.random()
        thing = chance.choice(list(world.works))
        if lot < 0.08:
            at(0, 2, world.extend, person, thing, chance.choice((24, 48, 72)))
        elif lot < 0.14:
            at(0, 2, world.extend_by_days, person, thing, chance.choice((1, 2)))
        elif lot < 0.18:
            at(0, 2, world.extend_until, person, thing, WEEK_BEGINS + timedelta(days=7, hours=chance.randrange(12)))
        elif lot < 0.21:
            at(0, 1, world.arrange, person, 24)
        elif lot < 0.26:
            at(0, 6, world.set_status, person, chance.choice(("withdrawn", "on_leave")))
    return sorted(acts, key=lambda act: act[0])


def play(world, *, seed=27, until=WEEK_ENDS):
    """Everything that was drawn happens at its time; at each moment of the model somebody looks, and now and then
    a second before."""
    acts = draw_acts(world, random.Random(seed))
    counted_on = None
    while world.model.since < until:
        moment = next(iter(world.model.moments(until)), until)
        if moment.date() != counted_on:
            world.count_rows()
            counted_on = moment.date()
        while acts and acts[0][0] < moment:
            world.now, act, arguments = acts.pop(0)
            person = arguments[0]
            if world.model.people[person].takes_part:
                act(*arguments)
                moment = min([moment, *world.model.moments(until, [person])])
        for looked_at in (moment - SECOND, moment) if len(world.model.told) % 6 == 0 else (moment,):
            if looked_at > world.model.since:
                world.go_on_to(looked_at)


def play_week(count, **said):
    """A class of so many through the whole week."""
    world = World(count)
    play(world, **said)
    return world
