#include "cli/device_out.hpp"

#include <fmt/format.h>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

Json device_json(const DeviceView& device) {
  Json out{{"device", device.name}, {"device_id", device.device_id}, {"this_machine", device.self}};
  out["enrolled"] = rfc3339(device.enrolled);
  out["revoked"] = device.revoked ? Json(rfc3339(*device.revoked)) : Json(nullptr);
  out["backups"] = device.backups;
  out["refused"] = device.refused;
  out["last_backup"] = device.last_backup ? Json(rfc3339(*device.last_backup)) : Json(nullptr);
  return out;
}

std::string device_table(const std::vector<DeviceView>& devices) {
  std::vector<std::vector<std::string>> rows{
      {"DEVICE", "ID", "ENROLLED", "BACKUPS", "LAST BACKUP (UTC)", "STATE"}};
  for (const DeviceView& device : devices) {
    std::string state = device.self ? "this machine" : "";
    if (device.revoked) {
      state += (state.empty() ? "" : ", ") + ("revoked on " + format_day(*device.revoked));
    }
    if (device.refused > 0) state += fmt::format(", {} refused", format_count(device.refused));
    std::string last = device.last_backup ? format_time(*device.last_backup) : "none";
    if (device.last_backup) last.resize(last.size() - std::string_view(" UTC").size());
    rows.push_back({printable(device.name), printable(device.device_id.substr(0, 16)),
                    format_day(device.enrolled), format_count(device.backups), last, state});
  }
  return format_table(rows, {3});
}

}  // namespace valise::cli
