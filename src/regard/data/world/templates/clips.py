"""Questions about what happens in a clip."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

WORDINGS: dict[str, Wording] = {
    "motion_direction": wording(
        """
        Which way does {a} move?
        In which direction does {a} move?
        Where does {a} move?
        Does {a} move left, right, up or down, or is it still?
        direction of {a_}?
        Which direction does {a} go?
        Tell me which way {a} moves.
        {a} - which way does it go?
        How does {a} move at first: left, right, up, down or not at all?
        What is the direction of motion of {a}?
        Which way is {a} going?
        In what direction is {a} moving?
        Does {a} move? In which direction?
        Where is {a} going?
        Look at {a}. Which way does it move?
        Up, down, left, right or not at all: which way does {a} go?
        Left or right, up or down: where does {a} move?
        Towards which side does {a} move?
        Towards which side of the picture does {a} go?
        Still, left, right, up or down: what does {a} do at first?
        Up, down, left or right: what is the direction of {a}?
        What is the way of {a}: left, right, up, down, or none?
        Left, right, down, up or not at all: how does {a} go?
        Right, left, up, down, still: how is {a} moving?
        Left, right, up, down, or no movement: which is it for {a}?
        Up, down, left, right or still: how is it with {a}?
        For {a}: which way?
        You see {a_}. Which way does it go?
        To which side is {a} moving?
        """,
        """
        To which side does {a} go?
        Say which way {a} moves.
        For {a_}: which direction?
        Do you know in which direction {a} goes?
        Left, right, up, down or still: how does {a} move?
        See {a_}? Where does it go?
        """,
        """
        which way does {it} move | which way {it} moves | the direction of {it}
        in which direction does {it} go | in which direction {it} goes | the direction that {it} moves in
        where does {it} move | where {it} moves |
        where does {it} go | where {it} goes |
        towards which side does {it} move | towards which side {it} moves | the side that {it} moves towards
        is {it} moving left, right, up or down | whether {it} moves left, right, up or down |
        left, right, up or down, how does {it} go | |
        """,
    ),
    "motion_speed": wording(
        """
        How fast does {a} move?
        Does {a} move slowly or fast?
        Is {a} slow or fast?
        What is the speed of {a}?
        speed of {a_}?
        How fast is {a}?
        Tell me how fast {a} moves.
        {a} - slow or fast?
        Slow or fast: how does {a} move?
        At what speed does {a} go?
        Look at {a}. Is it fast or slow?
        How quickly does {a} move?
        Would you call {a} slow or fast?
        """,
        """
        Say how fast {a} goes.
        For {a_}: which speed?
        Does {a} go fast or slow?
        Do you know the speed of {a}?
        Is the motion of {a} slow or fast?
        """,
        """
        how fast does {it} move | how fast {it} moves | the speed of {it}
        is {it} slow or fast | if {it} is slow or fast |
        """,
    ),
    "path": wording(
        """
        Does {a} go straight, turn or stop?
        Does {a} move straight on, does it turn or does it stop?
        What path does {a} take?
        How does {a} move: straight, turns or stops?
        path of {a_}?
        Which path does {a} follow?
        Tell me if {a} goes straight, turns or stops.
        {a} - does it turn, stop or go straight?
        Does {a} turn or stop on its way, or does it go straight?
        Look at {a}. Does it stop, turn or go straight on?
        What is the path of {a} like?
        Straight, turns or stops: which is the path of {a}?
        """,
        """
        Say which path {a} takes: straight, turns or stops.
        For {a_}: does it go straight, turn or stop?
        Is the path of {a} straight, or does it turn or stop?
        Do you see {a} turn, stop or go straight?
        What kind of path has {a}?
        """,
        """
        does {it} go straight, turn or stop | if {it} goes straight, turns or stops | the path of {it}
        """,
    ),
    "turn": wording(
        """
        Which way does {a} turn?
        In which direction does {a} turn?
        After the turn, which way does {a} move?
        Which way does {a} go after it turns?
        After {a} turns, in which direction does it move?
        Where does {a} go after turning?
        Tell me which way {a} turns.
        {a} turns. Which way does it go then?
        What is the direction of {a} after its turn?
        When {a} has turned, which way does it move?
        Which direction does {a} take after the turn?
        Which way is {a} going at the end?
        """,
        """
        To which side does {a} turn?
        Say which way {a} goes after the turn.
        Once it has turned, where does {a} move?
        For {a_}: which direction after the turn?
        In the end, which way does {a} go?
        """,
        """
        which way does {it} turn | which way {it} turns | the direction of {it} after the turn
        """,
    ),
    "moved_first": wording(
        """
        Which moved first, {a} or {b}?
        Which of {a_} and {b_} moved first?
        Which of {a_} and {b_} starts to move first?
        {a} or {b}: which moved first?
        Which one moves first: {a} or {b}?
        What moved first, {a} or {b}?
        Tell me which moves first, {a} or {b}.
        Of {a_} and {b_}, which one started first?
        Who moves first, {a_} or {b_}?
        Did {a} or {b} move first?
        Watch {a_} and {b_}. Which starts moving first?
        Between {a_} and {b_}, which was the first to move?
        Does {a} or {b} start to move earlier?
        Which one begins to move before the other, {a} or {b}?
        Is it {a} or {b} that moves first?
        {a} and {b} both move. Which one first?
        Of the two, {a_} and {b_}, which moved earlier?
        Name the first to move: {a_} or {b_}.
        Choose between {a_} and {b_}: which moves first?
        Compare {a_} and {b_}. Which starts to move first?
        First to move: {a_} or {b_}?
        Which starts moving earlier, {a} or {b}?
        Give the number of the one that moves first: {a_} or {b_}.
        """,
        """
        Which is the first to move, {a} or {b}?
        Say which starts first: {a_} or {b_}.
        Out of {a_} and {b_}, which one moved first?
        Who starts earlier, {a_} or {b_}?
        Take {a_} and {b_}: which moves first?
        """,
        """
        which moved first, {a} or {b} | which moved first, {a} or {b} | the one of {a_} and {b_} that moved first
        which of {a_} and {b_} starts first | which of {a_} and {b_} starts first |
        who moved first, {a} or {b} | who moved first, {a} or {b} | the first of {a_} and {b_} to move
        which starts earlier, {a} or {b} | which starts earlier, {a} or {b} | the one that starts earlier, {a_} or {b_}
        does {a} or {b} move first | whether {a} or {b} moves first | the number of the first to move, {a_} or {b_}
        """,
    ),
    "happens_next": wording(
        """
        What happens next to {a}?
        What does {a} do next?
        What does {a} do after it moves {m}?
        What comes next for {a}?
        {a} - what does it do next?
        And then, what happens to {a_}?
        After it has moved {m}, what does {a} do?
        {a} moves {m}. What does it do then?
        {a} moves {m}. What happens next?
        What happens to {a} then?
        After moving {m}, what does {a} do?
        First {a} moves {m}. And then?
        Tell me what {a} does next.
        Afterwards, what does {a} do?
        And then {a}?
        Then, what does {a} do?
        And next, what does {a} do?
        After that, what does {a} do?
        And what does {a} do after that?
        What does {a} do, and then?
        And later, what will {a} do?
        Then what does {a} do next?
        What does {a} do afterwards?
        When {a} has moved {m}, what does it do?
        As soon as {a} has gone {m}, what happens?
        What follows for {a}?
        Having moved {m}, what does {a} do?
        Later, what does {a} do?
        Next, what does {a} do?
        How does {a} go on after it moves {m}?
        After that, what does {a} do?
        What is the next thing that happens to {a}?
        {a} went {m}; what did it do next?
        Soon after, what happens to {a}?
        What does {a} do when it has gone {m}?
        After {a} moves {m}, what comes next?
        """,
        """
        And then, what does {a} do?
        Say what happens to {a} next.
        Once it has moved {m}, what does {a} do?
        Then what happens to {a}?
        At first {a} goes {m}. What happens then?
        For {a_}: what happens next?
        """,
        """
        what does {it} do next | what {it} does next | the next thing that {it} does
        what does {it} do after it moves {m} | what {it} does after it moves {m} |
        what does {it} do then | what {it} does then | the thing that happens next to {it}
        what happens to {it} afterwards | what happens to {it} afterwards | the next event for {it}
        how does {it} go on | how {it} goes on |
        when it has moved {m}, what does {it} do | what {it} does when it has moved {m} |
        after that, what happens to {it} | what happens to {it} after that |
        """,
    ),
    "happens_end": wording(
        """
        What does {a} do at the end?
        What happens to {a} at the end of the clip?
        At the end, what does {a} do?
        How does the way of {a} end?
        Watch {a}. What does it do in the end?
        What does {a} do last?
        What is the last thing that {a} does?
        {a} - what does it do at the end?
        What has happened to {a} by the end?
        Tell me what {a} does at the end.
        How does the clip end for {a}?
        In the end, what does {a} do?
        What happens to {a} at last?
        Finally, what does {a} do?
        When the clip ends, what does {a} do?
        As the clip ends, what happens to {a}?
        By the end, what does {a} do?
        What is {a} doing when the clip ends?
        What does {a} do in the last moments?
        """,
        """
        What happens to {a} in the end?
        Say what {a} does at the end of the clip.
        For {a_}: what happens at the end?
        At the end of the clip, what does {a} do?
        Do you see what {a} does at the end?
        """,
        """
        what does {it} do at the end | what {it} does at the end | the last thing that {it} does
        finally, what does {it} do | what {it} finally does | the end of the way of {it}
        what is {it} doing when the clip ends | what {it} is doing when the clip ends | the last act of {it}
        """,
    ),
    "happens_choice": wording(
        """
        What happens next to {a}? Choose one: {labels}.
        What does {a} do next: {either}?
        {a} moves {m}. What happens then: {either}?
        Then, what does {a} do? Choose one: {labels}.
        Which of these does {a} do next: {labels}?
        What does {a} do after it moves {m}: {either}?
        What happens to {a} then: {either}?
        Choose what {a} does next: {labels}.
        After moving {m}, what does {a} do? {labels}.
        {labels}: which of these happens to {a}?
        Pick what happens next to {a}: {labels}.
        What comes next, {either}? Look at {a}.
        """,
        """
        Out of these, what does {a} do next: {labels}?
        Say what happens to {a} then: {either}?
        {a} goes {m}. And then: {either}?
        Which one happens to {a} next: {labels}?
        For {a_}, choose what happens next: {labels}.
        """,
    ),
    "appears": wording(
        """
        Does {a} appear during the clip or is it there from the start?
        Is {a} there from the start, or only later?
        Is {a} there from the start or does it appear later?
        Was {a} there from the start, or did it appear?
        When does {a} come in: from the start or later?
        Does {a} appear later in the clip or is it there from the start?
        {a} - there from the start, or does it appear?
        Tell me if {a} is there from the start or appears later.
        Can {a} be seen from the start or only later?
        Look at {a}. Is it there at the beginning or does it appear later?
        From the start or later: when is {a} seen?
        Did {a} appear during the clip, or was it there at first?
        """,
        """
        Say whether {a} is there from the start or appears.
        For {a_}: from the start, or does it appear later?
        Do you see {a} from the start, or does it appear during the clip?
        Is {a} in the picture at the start or does it appear?
        Does {a} come later or is it there at the beginning?
        """,
    ),
    "collides_with": wording(
        """
        What does {a} collide with?
        What does {a} hit?
        Which thing does {a} hit?
        With what does {a} collide?
        {a} hits something. What is it?
        Tell me what {a} hits.
        What thing does {a} bump into?
        Into what does {a} bump?
        {a} - what does it hit?
        Name the thing that {a} collides with.
        Which thing does {a} collide with?
        Look at {a}. What does it hit?
        """,
        """
        Say what {a} bumps into.
        Which thing does {a} bump into?
        For {a_}: what does it hit?
        {a} collides with something. What?
        Do you see what {a} hits?
        """,
    ),
    "hidden_by": wording(
        """
        What hides {a}?
        What does {a} hide behind?
        Behind what does {a} go?
        Which thing covers {a}?
        What covers {a}?
        {a} is hidden for a while. By what?
        Tell me what hides {a}.
        Which thing hides {a}?
        {a} - what does it go behind?
        Name the thing that covers {a}.
        Behind which thing is {a} hidden?
        Look at {a}. What hides it?
        """,
        """
        Say what {a} is hidden by.
        By what is {a} covered?
        For {a_}: what hides it?
        Which thing does {a} go behind?
        Do you see what covers {a}?
        """,
    ),
}
