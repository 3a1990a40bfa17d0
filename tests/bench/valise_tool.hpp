#pragma once

#include "tools.hpp"

namespace valise::bench {

/// valise under test: `program` is the built binary.
class Valise final : public Tool {
 public:
  Valise(const std::filesystem::path& program, const std::filesystem::path& folder);

  Cost back_up(const std::filesystem::path& database) override;
  /// By the recovery code alone, as on a new device: no credential, no state.
  Cost restore(const std::filesystem::path& to) override;
  Cost check() override { return verb({"scrub"}); }

  Cost verify_all();
  Cost audit() { return verb({"audit"}); }
  Cost list() { return verb({"list"}); }

  [[nodiscard]] std::int64_t state_bytes() const { return folder_bytes(path("state")); }

 protected:
  void init() override;

 private:
  Cost verb(std::vector<std::string> arguments);

  std::string program_;
};

}  // namespace valise::bench
