// What nvdsanalytics attaches, in the C++ containers that it uses, with something in each.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Frame {
  std::unordered_map<std::string, bool> crowded;
  std::unordered_map<std::string, uint32_t> in_region;
  std::unordered_map<std::string, uint64_t> crossing, crossed;
  unsigned unique_id;
  std::unordered_map<int, uint32_t> classes;
};

struct EarlyObject {  // up to DeepStream 6.2
  std::vector<std::string> regions, crowded, lines;
  std::string direction;
  unsigned unique_id;
};

struct Object : EarlyObject {
  std::string status;
};

static_assert(sizeof(Frame) == 288, "NvDsAnalyticsFrameMeta");
static_assert(sizeof(EarlyObject) == 112, "NvDsAnalyticsObjInfo");
static_assert(sizeof(Object) == 144, "NvDsAnalyticsObjInfo from 6.3 on");

void fill(EarlyObject &object) {
  object.regions = {"entrance", "a region whose name is longer than what a string holds itself"};
  object.lines = {"exit"};
  object.direction = "South";
  object.unique_id = 17;
}

}  // namespace

extern "C" {

void *frame_new() {
  auto *frame = new Frame{};
  frame->crowded = {{"entrance", true}, {"lane", false}};
  frame->in_region = {{"entrance", 4000000000u}};
  for (int i = 0; i < 100; i++)
    frame->crossing["line " + std::to_string(i)] = i;
  frame->crossed = {{"exit", 1ull << 40}};
  frame->unique_id = 17;
  frame->classes = {{-1, 2}, {0, 7}};
  return frame;
}

// What C++ finds under a name in a copy of a frame's maps, by the order of the members; -1: nothing.
long long frame_find(const void *at, int which, const char *name) {
  const Frame copy = *static_cast<const Frame *>(at);
  const auto look = [name](const auto &map) -> long long {
    const auto found = map.find(name);
    return found == map.end() || map.count(name) != 1 ? -1 : static_cast<long long>(found->second);
  };
  switch (which) {
    case 0: return look(copy.crowded);
    case 1: return look(copy.in_region);
    case 2: return look(copy.crossing);
    default: return look(copy.crossed);
  }
}

int frame_class(const void *at, int number) {
  const Frame copy = *static_cast<const Frame *>(at);
  return copy.classes.count(number) ? static_cast<int>(copy.classes.at(number)) : -1;
}

void frame_free(void *frame) { delete static_cast<Frame *>(frame); }

void *early_new() {
  auto *object = new EarlyObject{};
  fill(*object);
  return object;
}

void early_free(void *object) { delete static_cast<EarlyObject *>(object); }

void *object_new(const char *status) {
  auto *object = new Object{};
  fill(*object);
  object->status = status;
  return object;
}

void object_free(void *object) { delete static_cast<Object *>(object); }
}
