#include "ops/named_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

constexpr std::size_t kIdDigitsMin = 4;

// "laptop" (12ab34cd...), with as much of the id as tells devices apart.
std::string told(const Device& device) {
  return fmt::format("\"{}\" {}{}", device.name, hex(device.pk).substr(0, 16),
                     device.revoked ? ", revoked on " + rfc3339(device.revoked_at) : "");
}

}  // namespace

bool names_hex(const std::string& text) {
  return text.size() >= kIdDigitsMin &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A name comes before an id: somebody may have called a device "beef". Of several devices of one
// name the one that is not revoked is meant, if it is the only one.
const Device& find_named(const RootChain& roots, const std::string& named) {
  std::vector<const Device*> found;
  for (const auto& [pk, device] : roots.devices()) {
    if (device.name == named) found.push_back(&device);
  }
  if (found.empty() && names_hex(named)) {
    for (const auto& [pk, device] : roots.devices()) {
      if (hex(pk).starts_with(named)) found.push_back(&device);
    }
  }
  const auto live = [](const Device* device) { return !device->revoked; };
  if (found.size() > 1 && std::count_if(found.begin(), found.end(), live) == 1) {
    return **std::find_if(found.begin(), found.end(), live);
  }
  if (found.size() == 1) return *found.front();
  std::string all;
  for (const auto& [pk, device] : roots.devices()) {
    const bool shown =
        found.empty() || std::find(found.begin(), found.end(), &device) != found.end();
    if (shown) all += (all.empty() ? "" : "; ") + told(device);
  }
  if (found.empty()) {
    throw Error(ErrorKind::not_found,
                "no device of this vault is called \"" + named + "\"; there are: " + all);
  }
  throw Error(ErrorKind::usage,
              "\"" + named + "\" names several devices; give the beginning of an id: " + all);
}

}  // namespace valise
