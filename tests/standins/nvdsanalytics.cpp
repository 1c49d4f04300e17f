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
