/**
 * The faults of this client: one for each rule of `../../../rules/client.toml`.
 *
 * A run names the rules to break before the page's own code starts:
 * `window.plugnmeetReference = { break: ['publish-encrypted', 'salt-whole:characters=11'] }`.
 * A rule that leaves values open comes with all of them.
 *
 * The order counts when several rules are broken: a fault sees what the faults above it changed.
 */
import { extend } from '../extension-points';
import type { Session } from '../session/session';
import * as believed from './believed-messages';
import * as altered from './altered-secret';
import * as clearMessages from './clear-messages';
import * as clearTracks from './clear-tracks';
import * as earlier from './earlier-secret';
import { Drawn, type Fault } from './fault';
import * as frames from './frames/frames';
import * as habits from './habits';
import * as errors from './hidden-errors';
import { injectedFramesPlayed } from './injected-frames/injected-frames';
import * as contents from './leaks/contents';
import * as exits from './leaks/exits';
import * as pictures from './leaks/pictures';
import * as sent from './leaks/sent';
import * as serviceWorker from './leaks/service-worker';
import * as spelled from './leaks/spelled';
import * as stored from './leaks/stored';
import * as missingMedia from './missing-media';
import * as refusals from './missing-refusals';
import * as prompting from './prompting';
import * as unable from './unable-browsers';
import * as unseen from './unseen-errors';
import * as untimely from './untimely-prompts';
import * as keys from './weak-keys';
import * as nonces from './weak-nonces';
import * as wrongSecret from './wrong-secret';

const FAULTS: Readonly<Record<string, Fault>> = {
  'prompt-by-itself': prompting.neverAsksByItself,
  'prompt-in-zero-knowledge-only': prompting.asksInEveryRoom,
  'join-without-a-secret': prompting.noWayOnWithoutSecret,
  'typed-secret-wins': earlier.earlierSecretWins,
  'prompt-after-reload': earlier.noPromptAfterReload,

  'use-typed-secret': wrongSecret.builtInSecret,
  'no-secret-is-no-key': wrongSecret.emptySecretAsKey,
  'ignore-server-secret-in-zero-knowledge': wrongSecret.serverSecretPreferred,

  'secret-not-trimmed': altered.secretTrimmed,
  'secret-not-normalised': altered.secretNormalised,
  'secret-not-cut': altered.secretCut,
  'messages-use-the-typed-secret': altered.secretOfMessagesTrimmed,

  'media-key-of-the-session': keys.mediaKeyOfTheRoom,
  'data-key-of-the-session': keys.dataKeyOfTheRoom,
  'salt-whole': keys.saltCut,
  'data-key-session-bound': keys.dataKeyWithoutSession,
  'same-key-for-all': keys.keyOfThePerson,
  'enough-rounds': keys.fewRounds,
  'data-key-apart': keys.dataKeyFromMediaKey,
  'secret-is-no-key': keys.dataKeyIsHash,
  'media-key-session-bound': keys.mediaKeyIsSecret,

  'random-nonce': nonces.partlyConstantNonce,
  'nonce-never-again': nonces.countedNonce,
  'fresh-nonce': nonces.constantNonce,

  'encrypt-chat': clearMessages.clearChat,
  'encrypt-whiteboard': clearMessages.clearWhiteboard,
  'encrypt-signals': clearMessages.clearSignals,
  'chat-only-sealed': clearMessages.copyOfChatReported,
  'whiteboard-sealed-each-time': clearMessages.whiteboardSealedOnce,
  'signals-key-derived': clearMessages.constantKeyForSignals,

  'publish-encrypted': clearTracks.publishedInClear,
  'screen-encrypted': clearTracks.clearScreen,
  'screen-sealed-for-others': clearTracks.screenSentInClear,
  'microphone-encrypted': clearTracks.clearMicrophone,
  'encrypted-after-muting': clearTracks.clearAfterMuting,
  'encrypted-after-a-device-change': clearTracks.clearAfterDeviceChange,
  'encrypted-after-a-reconnect': clearTracks.clearAfterReconnect,
  'encrypted-over-new-connections': clearTracks.clearAfterNewConnections,
  'latecomers-encrypt': clearTracks.clearIfNotFirst,
  'every-codec-encrypted': clearTracks.clearH264,
  'unsealable-codec-stays': frames.clearAv1,
  'encrypted-when-shared-again': clearTracks.clearWhenSharedAgain,
  'decrypted-when-shared-again': clearTracks.unseenWhenSharedAgain,
  'encrypted-from-the-first-frame': clearTracks.clearFirstFrames,

  'screen-sound-encrypted': clearTracks.clearScreenSound,
  'every-second-encrypted': frames.clearSecondOfSound,
  'encrypted-before-anybody-listens': frames.clearFirstMoment,
  'every-layer-encrypted': frames.clearSmallerLayers,
  'nothing-beside-the-ciphertext': frames.clearBytesBeside,
  'one-layer': habits.severalLayers,
  'one-spatial-layer': habits.spatialLayers,
  'sound-all-the-time': habits.pausesInStereo,
  'packets-of-20-ms': habits.packetsOfAnotherLength,

  'every-track-sealed-by-a-transform': frames.trackBesideTheTransform,

  'every-codec-shown': missingMedia.h264NotRequested,
  'latecomers-are-served': missingMedia.earlierTracksNotRequested,
  'decrypts-after-unmuting': missingMedia.blindAfterUnmuting,
  'key-outlives-a-reconnect': missingMedia.randomKeyAfterReconnect,

  'refuse-downgrade': refusals.downgradeAccepted,
  'encryption-settled-on-entering': refusals.laterDowngradeAccepted,
  'nothing-leaves-without-a-key': refusals.clearWithoutKey,
  'stop-when-encryption-fails': refusals.continuesWithoutEncryption,
  'render-encrypted-only': refusals.unencryptedTracksPlayed,
  'clear-track-holds-all-back': refusals.lastTrackDecides,
  'drop-what-does-not-open': refusals.unreadableMessagesShown,
  'injected-frames-not-rendered': injectedFramesPlayed,

  'newcomers-see-errors': errors.newcomersSeeNoErrors,
  'errors-on-the-page': errors.errorsInConsole,
  'errors-stay': errors.errorsShownBriefly,
  'wrong-key-stays-in': errors.leavesWithWrongKey,
  'show-decryption-errors': errors.errorsNotShown,
  'say-why-features-are-off': errors.reasonsNotShown,

  'secret-stays-in-page': sent.secretReported,
  'secret-not-in-addresses': sent.secretInQuery,
  'secret-not-in-bodies': sent.secretInGzip,
  'keys-stay-in-page': sent.mediaKeySent,
  'secret-not-in-window-messages': sent.secretInWindowMessage,
  'secret-not-in-the-page-address': sent.secretInPageAddress,
  'secret-not-in-history': sent.secretInHistory,
  'data-key-stays-in-page': sent.dataKeyReported,
  'messages-move-no-secret': sent.secretToTheApp,

  'secret-not-stored': stored.secretInLocalStorage,
  'servers-secret-not-stored': stored.serversSecretInLocalStorage,
  'secret-not-in-session-storage': stored.secretInSessionStorage,
  'secret-not-in-a-cookie': stored.secretInCookie,
  'secret-not-in-a-database': stored.secretInDatabase,

  'secret-not-in-turn-settings': exits.secretAsTurnUser,
  'no-digest-leaves': exits.digestCut,
  'secret-not-in-rare-encodings': exits.secretInRareEncoding,
  'secret-not-in-pieces': exits.secretInPieces,
  'secret-not-sent-later': exits.secretSentLater,
  'secret-not-sent-regularly': exits.secretSentRegularly,
  'unknown-keys-stay-in-page': exits.unknownKeySent,
  'secret-not-in-image-addresses': exits.secretInImageAddress,
  'secret-not-in-the-title': exits.secretInTitle,
  'secret-not-resolved': exits.secretResolved,
  'secret-not-in-notifications': exits.secretInNotification,
  'secret-not-sent-by-workers': exits.secretSentByWorker,
  'no-other-host': exits.anotherHostContacted,
  'no-other-host-for-service-workers': serviceWorker.otherHostFromServiceWorker,
  'secret-not-sent-by-service-workers': serviceWorker.secretFromServiceWorker,

  'chat-not-copied-by-http': contents.chatCopiedByHttp,
  'chat-not-in-attributes': contents.chatInAttributes,
  'chat-not-in-data-packets': contents.chatInDataPackets,
  'whiteboard-not-in-text-streams': contents.whiteboardInTextStream,
  'later-messages-not-copied': contents.laterMessagesCopied,
  'received-chat-not-reported': contents.receivedChatReported,

  'no-snapshots': pictures.snapshotsPosted,
  'no-thumbnails': pictures.thumbnailReported,
  'no-raw-pictures': pictures.rawPicturePosted,
  'no-recorded-sound': pictures.soundRecorded,
  'errors-not-transparent': unseen.errorsTransparent,
  'errors-in-the-window': unseen.errorsOutsideOfTheWindow,
  'errors-uncovered': unseen.errorsCovered,
  'errors-in-contrast': unseen.errorsWithoutContrast,
  'errors-large-enough': unseen.errorsTiny,
  'errors-not-clipped': unseen.errorsClipped,
  'errors-not-shrunk': unseen.errorsShrunk,
  'errors-of-every-kind': unseen.errorShownOnce,
  'errors-come-again': unseen.errorsNeverAgain,
  'errors-have-a-cause': unseen.fixedErrorForEverybody,
  'no-error-for-what-opens': unseen.errorForEachMessage,

  'no-prompt-by-the-browser': untimely.promptAsBrowserDialog,
  'no-prompt-later': untimely.promptLater,
  'nothing-before-the-answer': untimely.mediaBeforeTheAnswer,

  'board-and-signals-settled': believed.boardAndSignalsOpened,
  'included-channels-settled': believed.excludedChannelsOpened,
  'no-clear-chat-shown': believed.clearChatShown,
  'no-clear-chat-of-hosts-shown': believed.clearChatOfHostsShown,
  'no-clear-board-shown': believed.clearBoardShown,
  'no-clear-signals-shown': believed.clearSignalsShown,

  'stop-where-encryption-is-missing': unable.goesOnUnable,
  'say-that-encryption-is-missing': unable.saysNothing,
  'secret-in-no-other-alphabet': spelled.secretInBase32,
  'secret-in-no-case': spelled.secretInUpperCase,
  'secret-not-in-two-parts': spelled.secretInTwoRequests,
  'secret-not-in-many-parts': spelled.secretInManyRequests,
  'secret-not-between-separators': spelled.secretWithSeparators,
  'secret-in-no-depth': spelled.secretInManyLayers,
  'no-hash-of-the-secret': spelled.secretHashSent,
  'no-key-object-stored': spelled.keyObjectStored,
};

/** Seeds the faults that break these rules; returns the names that are no rule. */
export function seedFaults(rules: readonly string[], session: Session): string[] {
  const broken = new Map(
    rules.map((rule) => {
      const [name = '', words = ''] = rule.split(':');
      return [name, new Drawn(words)];
    }),
  );
  for (const [rule, fault] of Object.entries(FAULTS)) {
    const drawn = broken.get(rule);
    if (drawn) extend(fault(session, drawn));
  }
  return [...broken.keys()].filter((rule) => !(rule in FAULTS));
}
