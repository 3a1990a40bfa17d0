#pragma once

#include <string>
#include <vector>

#include "cli/json_out.hpp"
#include "valise/device.hpp"

namespace valise::cli {

/// The fields of a device, without a `type`.
[[nodiscard]] Json device_json(const DeviceView& device);
/// One row a device, under a heading.
[[nodiscard]] std::string device_table(const std::vector<DeviceView>& devices);

}  // namespace valise::cli
