#pragma once

#include <memory>

#include "ops/schedule_text.hpp"
#include "valise/schedule.hpp"

namespace valise {

/// The schedule of one vault with one scheduler. Each is asked for one thing, once. Throws
/// Error(usage) where a file in its place is not ours, Error(storage). Not thread-safe.
class NightSchedule {
 public:
  NightSchedule() = default;
  virtual ~NightSchedule() = default;
  NightSchedule(const NightSchedule&) = delete;
  NightSchedule& operator=(const NightSchedule&) = delete;

  virtual ScheduleReport install() = 0;
  virtual ScheduleReport status() = 0;
  virtual ScheduleReport remove() = 0;
};

// `options` outlives the schedule.

[[nodiscard]] std::unique_ptr<NightSchedule> systemd_schedule(const NightJob& job,
                                                              const ScheduleOptions& options);
[[nodiscard]] std::unique_ptr<NightSchedule> launchd_schedule(const NightJob& job,
                                                              const ScheduleOptions& options);
[[nodiscard]] std::unique_ptr<NightSchedule> cron_schedule(const NightJob& job,
                                                           const ScheduleOptions& options);

/// What a command said first.
[[nodiscard]] std::string first_line(const std::string& text);

}  // namespace valise
