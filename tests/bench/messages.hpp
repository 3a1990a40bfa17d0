#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "database.hpp"
#include "random.hpp"
#include "words.hpp"

namespace valise::bench {

struct Chat {
  std::int64_t rowid = 0;
  std::string service;
  std::string room_name;  // empty: a chat between two
  std::vector<std::int64_t> handles;
};

/// Every chat with somebody in it, in order of rowid.
std::vector<Chat> load_chats(Database& database);

/// Says the next thing in one of the chats. People talk in bursts: the next message is more
/// often than not in the same chat as the last.
class Conversation {
 public:
  /// `synced`: the rows already carry the record id that the cloud gave them, as all but the
  /// newest do.
  Conversation(Database& database, std::uint64_t seed, bool synced);

  /// Inserts one message sent at `date` (nanoseconds since 2001), its place in its chat, and now
  /// and then an attachment.
  void say(std::int64_t date);

  [[nodiscard]] Random& random() { return random_; }

 private:
  void choose_chat();
  void bind_origin(std::int64_t date, bool from_me);
  void bind_text();
  void bind_reference();
  void attach(std::int64_t message, std::int64_t date);

  static constexpr std::uint32_t kRecent = 64;

  Random random_;
  Vocabulary vocabulary_;
  bool synced_;
  std::vector<Chat> chats_;
  Zipf chat_ranks_;
  const Chat* chat_ = nullptr;
  Statement insert_message_;
  Statement insert_place_;
  Statement insert_attachment_;
  Statement insert_attachment_place_;

  // What the statements are bound to, until the row is written.
  std::string guid_;
  std::string text_;
  std::string referred_;
  std::string record_;
  std::string body_;
  std::array<std::string, kRecent> recent_guids_;
  std::size_t said_ = 0;
};

}  // namespace valise::bench
