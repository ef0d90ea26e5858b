from hypothesis import settings

# A busy machine is not a defect: no example is judged by how long it took.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
