/*
 * topic - resolves the words of a help topic.
 */
#include "mnist/language/topic.h"

#include <stdio.h>
#include <string.h>

#include "mnist/language/nearest.h"

struct topic_words {
    char text[TOPIC_SIZE_MAX];
    const char *word[TOPIC_WORDS_MAX];
    size_t count;
};

static bool split(struct topic_words *words, const char *text)
{
    *words = (struct topic_words){.count = 0};
    if (strlen(text) >= sizeof words->text)
        return false;
    snprintf(words->text, sizeof words->text, "%s", text);
    char *rest = words->text, *word;
    while ((word = strtok_r(rest, " \t\r\n", &rest)) != NULL) {
        if (words->count == TOPIC_WORDS_MAX)
            return false;
        words->word[words->count++] = word;
    }
    return true;
}

/* The command that has this subject, if only one has it: `samples` is `explore samples`. */
static const struct command *only_with_subject(const char *subject)
{
    const struct command *found = NULL;
    for (size_t id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = vocabulary_command((enum command_id)id);
        if (!command_has_subject(command, subject))
            continue;
        if (found != NULL)
            return NULL;
        found = command;
    }
    return found;
}

/* The family with this name; NULL if there is none. */
static const struct family *family_named(const char *name)
{
    for (size_t i = 0; i < vocabulary_family_count(); i++)
        if (strcmp(vocabulary_family(i)->name, name) == 0)
            return vocabulary_family(i);
    return NULL;
}

static bool unknown_verb(const char *word, struct error *error)
{
    struct nearest nearest = nearest_begin(word);
    const char *known = NULL;
    for (size_t i = 0; vocabulary_at(i) != NULL; i++) {
        nearest_offer(&nearest, vocabulary_at(i)->verb);
        if (command_known_as(vocabulary_at(i), word))
            known = vocabulary_at(i)->verb;
    }
    if (known != NULL)
        nearest.best = known;
    if (nearest.best != NULL)
        return error_set(error, ERROR_USAGE, "there is no help topic \"%s\"; did you mean `%s`?",
                         word, nearest.best);
    return error_set(error, ERROR_USAGE, "there is no help topic \"%s\"; `help` lists all commands",
                     word);
}

static bool unknown_word(const struct topic *topic, const char *word, struct error *error)
{
    struct nearest nearest = nearest_begin(word);
    const struct command *command;
    for (size_t i = 0; (command = vocabulary_at(i)) != NULL; i++) {
        bool meant = topic->command == NULL ? strcmp(command->verb, topic->verb) == 0
                                            : command == topic->command;
        if (meant && topic->command == NULL && command->subject != NULL)
            nearest_offer(&nearest, command->subject);
        for (size_t p = 0; meant && p < command->parameter_count; p++)
            nearest_offer(&nearest, command->parameters[p].name);
    }
    if (nearest.best != NULL)
        return error_set(error, ERROR_USAGE,
                         "%s has no subject or parameter \"%s\"; did you mean `%s %s`?",
                         topic->verb, word, topic->verb, nearest.best);
    return error_set(error, ERROR_USAGE,
                     "%s has no subject or parameter \"%s\"; `help %s` lists them", topic->verb,
                     word, topic->verb);
}

/* Resolves the words after the verb: a subject, a parameter, or both. */
static bool narrow(struct topic *topic, const struct topic_words *words, size_t next,
                   struct error *error)
{
    const struct command *plain = vocabulary_find(topic->verb, NULL, topic->layer);
    if (next < words->count && topic->command == NULL) {
        topic->command = vocabulary_find(topic->verb, words->word[next], topic->layer);
        if (topic->command != NULL)
            next++;
    }
    if (next < words->count) {
        const struct command *command = topic->command != NULL ? topic->command : plain;
        topic->parameter = command == NULL ? NULL : command_parameter(command, words->word[next]);
        if (topic->parameter == NULL)
            return unknown_word(topic, words->word[next], error);
        topic->command = command;
        next++;
    }
    if (next < words->count)
        return unknown_word(topic, words->word[next], error);
    return true;
}

bool topic_find(const char *text, struct topic *topic, struct error *error)
{
    struct topic_words words;
    *topic = (struct topic){0};
    if (!split(&words, text))
        return error_set(error, ERROR_USAGE,
                         "a help topic has at most three words, as in `explore samples count`");
    if (words.count == 0)
        return true;
    const char *first = words.word[0];
    const struct command *subject = only_with_subject(first);
    topic->layer = !vocabulary_is_verb(first, false) && vocabulary_is_verb(first, true);
    if (vocabulary_is_verb(first, topic->layer)) {
        const struct command *plain = vocabulary_find(first, NULL, topic->layer);
        const struct command *second =
            words.count > 1 ? vocabulary_find(first, words.word[1], topic->layer) : NULL;
        topic->verb = plain != NULL ? plain->verb : first;
        if (plain != NULL && second == NULL && !vocabulary_has_subjects(first))
            topic->command = plain;
    } else if (subject != NULL) {
        topic->verb = subject->verb;
        topic->command = subject;
    } else if (words.count == 1 && (topic->family = family_named(first)) != NULL) {
        return true;
    } else {
        return unknown_verb(first, error);
    }
    /* `words` is local: use the vocabulary's copy of the verb */
    for (size_t i = 0; vocabulary_at(i) != NULL; i++)
        if (strcmp(vocabulary_at(i)->verb, topic->verb) == 0)
            topic->verb = vocabulary_at(i)->verb;
    return narrow(topic, &words, 1, error);
}
