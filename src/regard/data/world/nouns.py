"""Nouns that a model of drawn shapes cannot judge: it should say that it does not know.

`TRAINING` teaches the habit, together with words made up of syllables; `HELD_OUT` measures it and never occurs in any
training text. `ADJECTIVES` and `HELD_OUT_ADJECTIVES` likewise. `PROPERTIES` are what nobody can see of a
thing, asked for in training only.
"""

from __future__ import annotations

import numpy as np

_TRAINING = """
dog cat horse cow sheep goat pig rabbit mouse rat fox wolf bear deer lion tiger monkey elephant camel squirrel bat
seal whale dolphin shark eagle owl crow duck goose swan chicken rooster parrot pigeon sparrow robin stork frog toad
snake lizard turtle crocodile salmon trout tuna crab lobster shrimp snail worm spider ant bee wasp fly beetle
butterfly moth mosquito dragon unicorn puppy kitten calf lamb foal apple pear plum cherry lemon lime grape peach
apricot banana mango melon strawberry raspberry fig date coconut pineapple tomato potato carrot onion garlic
cucumber pumpkin cabbage lettuce spinach bean pea mushroom pepper radish corn rice wheat bread cake pie cookie
biscuit pizza sandwich burger sausage ham steak egg cheese butter yoghurt soup salad noodle pancake waffle chocolate
candy honey jam sugar salt coffee tea juice milk beer wine water lemonade hammer saw drill nail screw screwdriver
wrench pliers axe knife fork spoon plate bowl cup mug glass bottle jug pot pan kettle oven stove fridge toaster
mixer blender sponge broom bucket mop shovel rake spade ladder rope chain hook needle thread scissors ruler pencil
pen brush crayon paper notebook book newspaper magazine envelope stamp letter map poster calendar ticket coin wallet
purse bag suitcase backpack basket barrel crate jar tin lid key lock door window wall roof floor ceiling stair fence
gate bridge tower castle church house hut tent shed barn garage school hospital museum theatre station airport
harbour factory office shop market bakery library kitchen bathroom bedroom garden park forest tree bush flower rose
tulip daisy lily grass leaf branch root seed stone rock hill mountain valley river lake sea ocean beach island
desert cave volcano cloud rain snow ice fog storm lightning moon sun planet comet chair table desk bench stool sofa
couch bed pillow blanket mattress curtain carpet lamp candle mirror clock shelf cupboard drawer wardrobe vase
picture painting statue shirt sweater jacket coat dress skirt trousers jeans shorts sock shoe boot sandal slipper
hat cap helmet scarf glove mitten belt tie button zip pocket necklace bracelet earring watch umbrella apron car bus
truck van taxi train tram bicycle motorcycle scooter boat ship canoe ferry submarine plane helicopter rocket balloon
wagon cart tractor ambulance sledge skateboard wheel engine tyre pedal man woman child boy girl baby person mother
father sister brother uncle aunt cousin neighbour friend king queen prince knight teacher doctor nurse farmer baker
butcher cook waiter driver pilot sailor soldier policeman fireman judge lawyer singer dancer actor painter writer
poet musician student builder plumber tailor gardener barber clown magician referee head face eye nose mouth ear
tooth tongue lip chin neck shoulder arm elbow hand finger thumb leg knee foot toe hair beard skin bone phone
computer laptop keyboard screen printer camera radio television speaker battery cable plug switch robot piano guitar
violin flute drum trumpet harp organ ball racket net kite doll puzzle dice card chess toy swing slide flag sign bell
whistle anchor compass telescope microscope magnet feather shell pearl crown sword shield arrow bow cannon gift
ribbon bandage pill soap towel toothbrush comb razor perfume lipstick bin tap sink bath shower toilet mountaineer
astronomer chemist banker cashier secretary engineer architect carpenter miner fisherman hunter shepherd monk priest
logo word number symbol label barcode traffic street road pavement crossing tunnel
"""

_HELD_OUT = """
zebra giraffe kangaroo koala panda hippopotamus rhinoceros leopard cheetah hyena jaguar otter beaver hedgehog badger
mole hamster ferret donkey mule buffalo moose walrus penguin ostrich flamingo peacock pelican vulture woodpecker
hummingbird octopus squid jellyfish starfish scorpion grasshopper cricket ladybird caterpillar chameleon iguana
avocado kiwi papaya pomegranate blueberry walnut almond peanut broccoli cauliflower celery asparagus aubergine
courgette artichoke croissant pretzel bagel omelette lasagne spaghetti dumpling burrito doughnut muffin pudding
ketchup mustard chisel crowbar spanner anvil sickle wheelbarrow lawnmower stapler eraser calculator thermometer
stethoscope syringe violinist surgeon dentist pharmacist librarian accountant electrician blacksmith astronaut
acrobat detective mayor trombone saxophone accordion clarinet xylophone banjo ukulele hovercraft limousine bulldozer
forklift gondola yacht raft trolley parachute glider snowmobile unicycle armchair hammock cradle chandelier bookcase
fireplace doormat kimono tuxedo cardigan pyjamas poncho turban moccasin cufflink lighthouse windmill pyramid
skyscraper greenhouse igloo aquarium fountain obelisk cactus orchid sunflower bamboo seaweed glacier waterfall
iceberg typewriter projector microphone satellite joystick trampoline boomerang pinwheel lantern
"""

_ADJECTIVES = """
wooden metal expensive cheap old new tasty dangerous broken hungry asleep friendly wet dry warm cold heavy soft hard
sharp loud quiet clean dirty famous angry sad happy sweet sour ripe rotten empty full edible electric magnetic
poisonous lucky modern
"""

_HELD_OUT_ADJECTIVES = """
rusty fragile salty delicious jealous tired thirsty frozen antique golden hollow sticky hairy clever lazy nervous
waterproof vintage
"""

_PROPERTIES = """
taste smell cost length temperature owner mass height sound voltage flavour nationality religion mood diet salary
address birthday recipe maker density hardness volume depth power energy pressure value rank title job hobby language
accent meaning message purpose function origin history future habitat lifespan gender team family fate recipient
inventor warranty calories battery charge dose frequency humidity income label licence logo nickname password
"""

TRAINING: tuple[str, ...] = tuple(_TRAINING.split())
HELD_OUT: tuple[str, ...] = tuple(_HELD_OUT.split())
ADJECTIVES: tuple[str, ...] = tuple(_ADJECTIVES.split())
HELD_OUT_ADJECTIVES: tuple[str, ...] = tuple(_HELD_OUT_ADJECTIVES.split())
PROPERTIES: tuple[str, ...] = tuple(_PROPERTIES.split())

_STARTS = (
    "b",
    "bl",
    "br",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "fr",
    "g",
    "gl",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "qu",
    "r",
    "s",
    "sh",
    "sk",
    "sl",
    "sn",
    "sp",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
)
_MIDDLES = ("a", "e", "i", "o", "u", "oo", "ea", "ai", "ou")
_ENDS = (
    "b",
    "ck",
    "d",
    "ff",
    "g",
    "k",
    "l",
    "m",
    "n",
    "nd",
    "ng",
    "nk",
    "p",
    "r",
    "rd",
    "rm",
    "s",
    "sh",
    "st",
    "t",
    "x",
    "zz",
)


def made_up(rng: np.random.Generator) -> str:
    """Return a word of one to three syllables that (almost surely) means nothing, such as "splonk" or "gravid"."""
    syllables = 1 + int(rng.random() * 3)
    parts = [_pick(rng, _STARTS) + _pick(rng, _MIDDLES) for _ in range(syllables)]
    return "".join(parts) + _pick(rng, _ENDS)


def _pick(rng: np.random.Generator, items: tuple[str, ...]) -> str:
    return items[int(rng.random() * len(items))]
