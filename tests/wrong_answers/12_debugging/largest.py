"""find_leaks: only the largest.

The learner takes the segment that costs most.
"""


def find_leaks(log, maps):
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    segments = [one for one in objects(everyone=True) if "segment" in one.kind]
    mine = {one.name if one.id is None else one.id: one.size_bytes for one in segments}
    largest = max((name for name in mine if name in creators), key=mine.get)
    return [(largest, creators[largest])]
