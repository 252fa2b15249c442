from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StatusCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_STATUS: _ClassVar[StatusCode]
    SUCCESS: _ClassVar[StatusCode]
    PERMISSION_DENIED: _ClassVar[StatusCode]
    NOT_FOUND: _ClassVar[StatusCode]
    CONFLICT: _ClassVar[StatusCode]
    INVALID_TOKEN_OR_SIGNATURE: _ClassVar[StatusCode]
    INVALID_API_KEY: _ClassVar[StatusCode]
    INTERNAL_SERVER_ERROR: _ClassVar[StatusCode]
    INVALID_PARAMETERS: _ClassVar[StatusCode]
    MISSING_REQUIRED_PARAMETER: _ClassVar[StatusCode]
    ROOM_NOT_FOUND: _ClassVar[StatusCode]
    USER_NOT_FOUND: _ClassVar[StatusCode]
    USER_BLOCKED: _ClassVar[StatusCode]
    USER_NOT_ACTIVE: _ClassVar[StatusCode]
    ROOM_NOT_ACTIVE: _ClassVar[StatusCode]

class ClientType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEB: _ClassVar[ClientType]
    HYBRID_WEB: _ClassVar[ClientType]

class NatsMsgServerToClientEvents(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RES_INITIAL_DATA: _ClassVar[NatsMsgServerToClientEvents]
    RES_JOINED_USERS_LIST: _ClassVar[NatsMsgServerToClientEvents]
    RES_MEDIA_SERVER_DATA: _ClassVar[NatsMsgServerToClientEvents]
    ROOM_METADATA_UPDATE: _ClassVar[NatsMsgServerToClientEvents]
    USER_METADATA_UPDATE: _ClassVar[NatsMsgServerToClientEvents]
    USER_JOINED: _ClassVar[NatsMsgServerToClientEvents]
    USER_DISCONNECTED: _ClassVar[NatsMsgServerToClientEvents]
    USER_OFFLINE: _ClassVar[NatsMsgServerToClientEvents]
    RESP_RENEW_PNM_TOKEN: _ClassVar[NatsMsgServerToClientEvents]
    SYSTEM_NOTIFICATION: _ClassVar[NatsMsgServerToClientEvents]
    SESSION_ENDED: _ClassVar[NatsMsgServerToClientEvents]
    POLL_CLOSED: _ClassVar[NatsMsgServerToClientEvents]
    POLL_CREATED: _ClassVar[NatsMsgServerToClientEvents]
    JOIN_BREAKOUT_ROOM: _ClassVar[NatsMsgServerToClientEvents]
    BREAKOUT_ROOM_ENDED: _ClassVar[NatsMsgServerToClientEvents]
    SYSTEM_CHAT_MSG: _ClassVar[NatsMsgServerToClientEvents]
    TRANSCRIPTION_OUTPUT_TEXT: _ClassVar[NatsMsgServerToClientEvents]
    RESP_INSIGHTS_AI_TEXT_CHAT: _ClassVar[NatsMsgServerToClientEvents]
    RESP_ONLINE_USERS_LIST: _ClassVar[NatsMsgServerToClientEvents]
    DELIVERY_PRIVATE_DATA: _ClassVar[NatsMsgServerToClientEvents]
    PONG: _ClassVar[NatsMsgServerToClientEvents]

class NatsMsgClientToServerEvents(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQ_INITIAL_DATA: _ClassVar[NatsMsgClientToServerEvents]
    REQ_MEDIA_SERVER_DATA: _ClassVar[NatsMsgClientToServerEvents]
    REQ_JOINED_USERS_LIST: _ClassVar[NatsMsgClientToServerEvents]
    REQ_RENEW_PNM_TOKEN: _ClassVar[NatsMsgClientToServerEvents]
    PING: _ClassVar[NatsMsgClientToServerEvents]
    REQ_RAISE_HAND: _ClassVar[NatsMsgClientToServerEvents]
    REQ_LOWER_HAND: _ClassVar[NatsMsgClientToServerEvents]
    REQ_LOWER_OTHER_USER_HAND: _ClassVar[NatsMsgClientToServerEvents]
    PUSH_ANALYTICS_DATA: _ClassVar[NatsMsgClientToServerEvents]
    REQ_ONLINE_USERS_LIST: _ClassVar[NatsMsgClientToServerEvents]
    REQ_PRIVATE_DATA_DELIVERY: _ClassVar[NatsMsgClientToServerEvents]

class NatsSystemNotificationTypes(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NATS_SYSTEM_NOTIFICATION_INFO: _ClassVar[NatsSystemNotificationTypes]
    NATS_SYSTEM_NOTIFICATION_WARNING: _ClassVar[NatsSystemNotificationTypes]
    NATS_SYSTEM_NOTIFICATION_ERROR: _ClassVar[NatsSystemNotificationTypes]

class DataMsgBodyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN: _ClassVar[DataMsgBodyType]
    FILE_UPLOAD: _ClassVar[DataMsgBodyType]
    INFO: _ClassVar[DataMsgBodyType]
    ALERT: _ClassVar[DataMsgBodyType]
    USER_VISIBILITY_CHANGE: _ClassVar[DataMsgBodyType]
    EXTERNAL_MEDIA_PLAYER_EVENTS: _ClassVar[DataMsgBodyType]
    NEW_POLL_RESPONSE: _ClassVar[DataMsgBodyType]
    PUSH_JOIN_BREAKOUT_ROOM: _ClassVar[DataMsgBodyType]
    REQ_FULL_WHITEBOARD_DATA: _ClassVar[DataMsgBodyType]
    RES_FULL_WHITEBOARD_DATA: _ClassVar[DataMsgBodyType]
    SCENE_UPDATE: _ClassVar[DataMsgBodyType]
    POINTER_UPDATE: _ClassVar[DataMsgBodyType]
    WHITEBOARD_APP_STATE_CHANGE: _ClassVar[DataMsgBodyType]
    PAGE_CHANGE: _ClassVar[DataMsgBodyType]
    FILE_CHANGE: _ClassVar[DataMsgBodyType]
    UPDATE_CURRENT_OFFICE_FILE_PAGES: _ClassVar[DataMsgBodyType]
    WHITEBOARD_RESET: _ClassVar[DataMsgBodyType]
    USER_CONNECTION_QUALITY_CHANGE: _ClassVar[DataMsgBodyType]
    REQ_PUBLIC_CHAT_DATA: _ClassVar[DataMsgBodyType]
    RES_PUBLIC_CHAT_DATA: _ClassVar[DataMsgBodyType]
    REACTION: _ClassVar[DataMsgBodyType]

class RecordingTasks(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    START_RECORDING: _ClassVar[RecordingTasks]
    STOP_RECORDING: _ClassVar[RecordingTasks]
    START_RTMP: _ClassVar[RecordingTasks]
    STOP_RTMP: _ClassVar[RecordingTasks]
    END_RECORDING: _ClassVar[RecordingTasks]
    END_RTMP: _ClassVar[RecordingTasks]
    RECORDING_PROCEEDED: _ClassVar[RecordingTasks]
    STOP: _ClassVar[RecordingTasks]
    RECORDING_TRANSCODING_FINISHED: _ClassVar[RecordingTasks]

class RecorderInfoKeys(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORDER_INFO_MAX_LIMIT: _ClassVar[RecorderInfoKeys]
    RECORDER_INFO_LAST_PING: _ClassVar[RecorderInfoKeys]
    RECORDER_INFO_TOTAL_CORES: _ClassVar[RecorderInfoKeys]
    RECORDER_INFO_CURRENT_PROGRESS: _ClassVar[RecorderInfoKeys]
    RECORDER_INFO_CPU_SCORE: _ClassVar[RecorderInfoKeys]

class CloudRecordingVariants(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FULL_SCREEN_CLOUD_RECORDING: _ClassVar[CloudRecordingVariants]
    MEDIA_ONLY_CLOUD_RECORDING: _ClassVar[CloudRecordingVariants]

class IngressInput(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RTMP_INPUT: _ClassVar[IngressInput]
    WHIP_INPUT: _ClassVar[IngressInput]

class InsightsUserSessionAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_SESSION_ACTION_UNSPECIFIED: _ClassVar[InsightsUserSessionAction]
    USER_SESSION_ACTION_START: _ClassVar[InsightsUserSessionAction]
    USER_SESSION_ACTION_STOP: _ClassVar[InsightsUserSessionAction]
UNKNOWN_STATUS: StatusCode
SUCCESS: StatusCode
PERMISSION_DENIED: StatusCode
NOT_FOUND: StatusCode
CONFLICT: StatusCode
INVALID_TOKEN_OR_SIGNATURE: StatusCode
INVALID_API_KEY: StatusCode
INTERNAL_SERVER_ERROR: StatusCode
INVALID_PARAMETERS: StatusCode
MISSING_REQUIRED_PARAMETER: StatusCode
ROOM_NOT_FOUND: StatusCode
USER_NOT_FOUND: StatusCode
USER_BLOCKED: StatusCode
USER_NOT_ACTIVE: StatusCode
ROOM_NOT_ACTIVE: StatusCode
WEB: ClientType
HYBRID_WEB: ClientType
RES_INITIAL_DATA: NatsMsgServerToClientEvents
RES_JOINED_USERS_LIST: NatsMsgServerToClientEvents
RES_MEDIA_SERVER_DATA: NatsMsgServerToClientEvents
ROOM_METADATA_UPDATE: NatsMsgServerToClientEvents
USER_METADATA_UPDATE: NatsMsgServerToClientEvents
USER_JOINED: NatsMsgServerToClientEvents
USER_DISCONNECTED: NatsMsgServerToClientEvents
USER_OFFLINE: NatsMsgServerToClientEvents
RESP_RENEW_PNM_TOKEN: NatsMsgServerToClientEvents
SYSTEM_NOTIFICATION: NatsMsgServerToClientEvents
SESSION_ENDED: NatsMsgServerToClientEvents
POLL_CLOSED: NatsMsgServerToClientEvents
POLL_CREATED: NatsMsgServerToClientEvents
JOIN_BREAKOUT_ROOM: NatsMsgServerToClientEvents
BREAKOUT_ROOM_ENDED: NatsMsgServerToClientEvents
SYSTEM_CHAT_MSG: NatsMsgServerToClientEvents
TRANSCRIPTION_OUTPUT_TEXT: NatsMsgServerToClientEvents
RESP_INSIGHTS_AI_TEXT_CHAT: NatsMsgServerToClientEvents
RESP_ONLINE_USERS_LIST: NatsMsgServerToClientEvents
DELIVERY_PRIVATE_DATA: NatsMsgServerToClientEvents
PONG: NatsMsgServerToClientEvents
REQ_INITIAL_DATA: NatsMsgClientToServerEvents
REQ_MEDIA_SERVER_DATA: NatsMsgClientToServerEvents
REQ_JOINED_USERS_LIST: NatsMsgClientToServerEvents
REQ_RENEW_PNM_TOKEN: NatsMsgClientToServerEvents
PING: NatsMsgClientToServerEvents
REQ_RAISE_HAND: NatsMsgClientToServerEvents
REQ_LOWER_HAND: NatsMsgClientToServerEvents
REQ_LOWER_OTHER_USER_HAND: NatsMsgClientToServerEvents
PUSH_ANALYTICS_DATA: NatsMsgClientToServerEvents
REQ_ONLINE_USERS_LIST: NatsMsgClientToServerEvents
REQ_PRIVATE_DATA_DELIVERY: NatsMsgClientToServerEvents
NATS_SYSTEM_NOTIFICATION_INFO: NatsSystemNotificationTypes
NATS_SYSTEM_NOTIFICATION_WARNING: NatsSystemNotificationTypes
NATS_SYSTEM_NOTIFICATION_ERROR: NatsSystemNotificationTypes
UNKNOWN: DataMsgBodyType
FILE_UPLOAD: DataMsgBodyType
INFO: DataMsgBodyType
ALERT: DataMsgBodyType
USER_VISIBILITY_CHANGE: DataMsgBodyType
EXTERNAL_MEDIA_PLAYER_EVENTS: DataMsgBodyType
NEW_POLL_RESPONSE: DataMsgBodyType
PUSH_JOIN_BREAKOUT_ROOM: DataMsgBodyType
REQ_FULL_WHITEBOARD_DATA: DataMsgBodyType
RES_FULL_WHITEBOARD_DATA: DataMsgBodyType
SCENE_UPDATE: DataMsgBodyType
POINTER_UPDATE: DataMsgBodyType
WHITEBOARD_APP_STATE_CHANGE: DataMsgBodyType
PAGE_CHANGE: DataMsgBodyType
FILE_CHANGE: DataMsgBodyType
UPDATE_CURRENT_OFFICE_FILE_PAGES: DataMsgBodyType
WHITEBOARD_RESET: DataMsgBodyType
USER_CONNECTION_QUALITY_CHANGE: DataMsgBodyType
REQ_PUBLIC_CHAT_DATA: DataMsgBodyType
RES_PUBLIC_CHAT_DATA: DataMsgBodyType
REACTION: DataMsgBodyType
START_RECORDING: RecordingTasks
STOP_RECORDING: RecordingTasks
START_RTMP: RecordingTasks
STOP_RTMP: RecordingTasks
END_RECORDING: RecordingTasks
END_RTMP: RecordingTasks
RECORDING_PROCEEDED: RecordingTasks
STOP: RecordingTasks
RECORDING_TRANSCODING_FINISHED: RecordingTasks
RECORDER_INFO_MAX_LIMIT: RecorderInfoKeys
RECORDER_INFO_LAST_PING: RecorderInfoKeys
RECORDER_INFO_TOTAL_CORES: RecorderInfoKeys
RECORDER_INFO_CURRENT_PROGRESS: RecorderInfoKeys
RECORDER_INFO_CPU_SCORE: RecorderInfoKeys
FULL_SCREEN_CLOUD_RECORDING: CloudRecordingVariants
MEDIA_ONLY_CLOUD_RECORDING: CloudRecordingVariants
RTMP_INPUT: IngressInput
WHIP_INPUT: IngressInput
USER_SESSION_ACTION_UNSPECIFIED: InsightsUserSessionAction
USER_SESSION_ACTION_START: InsightsUserSessionAction
USER_SESSION_ACTION_STOP: InsightsUserSessionAction

class CommonResponse(_message.Message):
    __slots__ = ("status", "msg", "status_code")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ...) -> None: ...

class CreateRoomReq(_message.Message):
    __slots__ = ("room_id", "empty_timeout", "max_participants", "metadata")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    EMPTY_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    empty_timeout: int
    max_participants: int
    metadata: RoomMetadata
    def __init__(self, room_id: _Optional[str] = ..., empty_timeout: _Optional[int] = ..., max_participants: _Optional[int] = ..., metadata: _Optional[_Union[RoomMetadata, _Mapping]] = ...) -> None: ...

class ApproveWaitingUsersReq(_message.Message):
    __slots__ = ("room_id", "user_id")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    user_id: str
    def __init__(self, room_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class CreateRoomRes(_message.Message):
    __slots__ = ("status", "msg", "status_code", "room_info")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ROOM_INFO_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    room_info: ActiveRoomInfo
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ..., room_info: _Optional[_Union[ActiveRoomInfo, _Mapping]] = ...) -> None: ...

class RoomMetadata(_message.Message):
    __slots__ = ("room_title", "welcome_message", "is_recording", "is_active_rtmp", "parent_room_id", "is_breakout_room", "webhook_url", "started_at", "logout_url", "room_features", "default_lock_settings", "copyright_conf", "metadata_id", "extra_data")
    class ExtraDataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ROOM_TITLE_FIELD_NUMBER: _ClassVar[int]
    WELCOME_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IS_RECORDING_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_RTMP_FIELD_NUMBER: _ClassVar[int]
    PARENT_ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    IS_BREAKOUT_ROOM_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    LOGOUT_URL_FIELD_NUMBER: _ClassVar[int]
    ROOM_FEATURES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_LOCK_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    COPYRIGHT_CONF_FIELD_NUMBER: _ClassVar[int]
    METADATA_ID_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DATA_FIELD_NUMBER: _ClassVar[int]
    room_title: str
    welcome_message: str
    is_recording: bool
    is_active_rtmp: bool
    parent_room_id: str
    is_breakout_room: bool
    webhook_url: str
    started_at: int
    logout_url: str
    room_features: RoomCreateFeatures
    default_lock_settings: LockSettings
    copyright_conf: CopyrightConf
    metadata_id: str
    extra_data: _containers.ScalarMap[str, str]
    def __init__(self, room_title: _Optional[str] = ..., welcome_message: _Optional[str] = ..., is_recording: _Optional[bool] = ..., is_active_rtmp: _Optional[bool] = ..., parent_room_id: _Optional[str] = ..., is_breakout_room: _Optional[bool] = ..., webhook_url: _Optional[str] = ..., started_at: _Optional[int] = ..., logout_url: _Optional[str] = ..., room_features: _Optional[_Union[RoomCreateFeatures, _Mapping]] = ..., default_lock_settings: _Optional[_Union[LockSettings, _Mapping]] = ..., copyright_conf: _Optional[_Union[CopyrightConf, _Mapping]] = ..., metadata_id: _Optional[str] = ..., extra_data: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RoomCreateFeatures(_message.Message):
    __slots__ = ("allow_webcams", "mute_on_start", "allow_screen_share", "allow_rtmp", "allow_view_other_webcams", "allow_view_other_users_list", "admin_only_webcams", "room_duration", "enable_analytics", "allow_virtual_bg", "allow_raise_hand", "auto_gen_user_id", "recording_features", "chat_features", "shared_note_pad_features", "whiteboard_features", "external_media_player_features", "waiting_room_features", "breakout_room_features", "display_external_link_features", "ingress_features", "end_to_end_encryption_features", "polls_features", "insights_features", "sip_dial_in_features", "external_broadcasting_features", "allow_reactions")
    ALLOW_WEBCAMS_FIELD_NUMBER: _ClassVar[int]
    MUTE_ON_START_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SCREEN_SHARE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_RTMP_FIELD_NUMBER: _ClassVar[int]
    ALLOW_VIEW_OTHER_WEBCAMS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_VIEW_OTHER_USERS_LIST_FIELD_NUMBER: _ClassVar[int]
    ADMIN_ONLY_WEBCAMS_FIELD_NUMBER: _ClassVar[int]
    ROOM_DURATION_FIELD_NUMBER: _ClassVar[int]
    ENABLE_ANALYTICS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_VIRTUAL_BG_FIELD_NUMBER: _ClassVar[int]
    ALLOW_RAISE_HAND_FIELD_NUMBER: _ClassVar[int]
    AUTO_GEN_USER_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDING_FEATURES_FIELD_NUMBER: _ClassVar[int]
    CHAT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    SHARED_NOTE_PAD_FEATURES_FIELD_NUMBER: _ClassVar[int]
    WHITEBOARD_FEATURES_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_MEDIA_PLAYER_FEATURES_FIELD_NUMBER: _ClassVar[int]
    WAITING_ROOM_FEATURES_FIELD_NUMBER: _ClassVar[int]
    BREAKOUT_ROOM_FEATURES_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_EXTERNAL_LINK_FEATURES_FIELD_NUMBER: _ClassVar[int]
    INGRESS_FEATURES_FIELD_NUMBER: _ClassVar[int]
    END_TO_END_ENCRYPTION_FEATURES_FIELD_NUMBER: _ClassVar[int]
    POLLS_FEATURES_FIELD_NUMBER: _ClassVar[int]
    INSIGHTS_FEATURES_FIELD_NUMBER: _ClassVar[int]
    SIP_DIAL_IN_FEATURES_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_BROADCASTING_FEATURES_FIELD_NUMBER: _ClassVar[int]
    ALLOW_REACTIONS_FIELD_NUMBER: _ClassVar[int]
    allow_webcams: bool
    mute_on_start: bool
    allow_screen_share: bool
    allow_rtmp: bool
    allow_view_other_webcams: bool
    allow_view_other_users_list: bool
    admin_only_webcams: bool
    room_duration: int
    enable_analytics: bool
    allow_virtual_bg: bool
    allow_raise_hand: bool
    auto_gen_user_id: bool
    recording_features: RecordingFeatures
    chat_features: ChatFeatures
    shared_note_pad_features: SharedNotePadFeatures
    whiteboard_features: WhiteboardFeatures
    external_media_player_features: ExternalMediaPlayerFeatures
    waiting_room_features: WaitingRoomFeatures
    breakout_room_features: BreakoutRoomFeatures
    display_external_link_features: DisplayExternalLinkFeatures
    ingress_features: IngressFeatures
    end_to_end_encryption_features: EndToEndEncryptionFeatures
    polls_features: PollsFeatures
    insights_features: InsightsFeatures
    sip_dial_in_features: SipDialInFeatures
    external_broadcasting_features: ExternalBroadcastingFeatures
    allow_reactions: bool
    def __init__(self, allow_webcams: _Optional[bool] = ..., mute_on_start: _Optional[bool] = ..., allow_screen_share: _Optional[bool] = ..., allow_rtmp: _Optional[bool] = ..., allow_view_other_webcams: _Optional[bool] = ..., allow_view_other_users_list: _Optional[bool] = ..., admin_only_webcams: _Optional[bool] = ..., room_duration: _Optional[int] = ..., enable_analytics: _Optional[bool] = ..., allow_virtual_bg: _Optional[bool] = ..., allow_raise_hand: _Optional[bool] = ..., auto_gen_user_id: _Optional[bool] = ..., recording_features: _Optional[_Union[RecordingFeatures, _Mapping]] = ..., chat_features: _Optional[_Union[ChatFeatures, _Mapping]] = ..., shared_note_pad_features: _Optional[_Union[SharedNotePadFeatures, _Mapping]] = ..., whiteboard_features: _Optional[_Union[WhiteboardFeatures, _Mapping]] = ..., external_media_player_features: _Optional[_Union[ExternalMediaPlayerFeatures, _Mapping]] = ..., waiting_room_features: _Optional[_Union[WaitingRoomFeatures, _Mapping]] = ..., breakout_room_features: _Optional[_Union[BreakoutRoomFeatures, _Mapping]] = ..., display_external_link_features: _Optional[_Union[DisplayExternalLinkFeatures, _Mapping]] = ..., ingress_features: _Optional[_Union[IngressFeatures, _Mapping]] = ..., end_to_end_encryption_features: _Optional[_Union[EndToEndEncryptionFeatures, _Mapping]] = ..., polls_features: _Optional[_Union[PollsFeatures, _Mapping]] = ..., insights_features: _Optional[_Union[InsightsFeatures, _Mapping]] = ..., sip_dial_in_features: _Optional[_Union[SipDialInFeatures, _Mapping]] = ..., external_broadcasting_features: _Optional[_Union[ExternalBroadcastingFeatures, _Mapping]] = ..., allow_reactions: _Optional[bool] = ...) -> None: ...

class EndToEndEncryptionFeatures(_message.Message):
    __slots__ = ("is_enabled", "included_chat_messages", "included_whiteboard", "encryption_key", "enabled_self_insert_encryption_key")
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_CHAT_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_WHITEBOARD_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTION_KEY_FIELD_NUMBER: _ClassVar[int]
    ENABLED_SELF_INSERT_ENCRYPTION_KEY_FIELD_NUMBER: _ClassVar[int]
    is_enabled: bool
    included_chat_messages: bool
    included_whiteboard: bool
    encryption_key: str
    enabled_self_insert_encryption_key: bool
    def __init__(self, is_enabled: _Optional[bool] = ..., included_chat_messages: _Optional[bool] = ..., included_whiteboard: _Optional[bool] = ..., encryption_key: _Optional[str] = ..., enabled_self_insert_encryption_key: _Optional[bool] = ...) -> None: ...

class RecordingFeatures(_message.Message):
    __slots__ = ("is_allow", "is_allow_cloud", "enable_auto_cloud_recording", "is_allow_local", "only_record_admin_webcams", "recorder_bot_options")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_CLOUD_FIELD_NUMBER: _ClassVar[int]
    ENABLE_AUTO_CLOUD_RECORDING_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_LOCAL_FIELD_NUMBER: _ClassVar[int]
    ONLY_RECORD_ADMIN_WEBCAMS_FIELD_NUMBER: _ClassVar[int]
    RECORDER_BOT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_allow_cloud: bool
    enable_auto_cloud_recording: bool
    is_allow_local: bool
    only_record_admin_webcams: bool
    recorder_bot_options: RecorderBotOptions
    def __init__(self, is_allow: _Optional[bool] = ..., is_allow_cloud: _Optional[bool] = ..., enable_auto_cloud_recording: _Optional[bool] = ..., is_allow_local: _Optional[bool] = ..., only_record_admin_webcams: _Optional[bool] = ..., recorder_bot_options: _Optional[_Union[RecorderBotOptions, _Mapping]] = ...) -> None: ...

class ExternalBroadcastingFeatures(_message.Message):
    __slots__ = ("is_allow", "is_allow_rtmp", "recorder_bot_options")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_RTMP_FIELD_NUMBER: _ClassVar[int]
    RECORDER_BOT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_allow_rtmp: bool
    recorder_bot_options: RecorderBotOptions
    def __init__(self, is_allow: _Optional[bool] = ..., is_allow_rtmp: _Optional[bool] = ..., recorder_bot_options: _Optional[_Union[RecorderBotOptions, _Mapping]] = ...) -> None: ...

class RecorderBotOptions(_message.Message):
    __slots__ = ("enable_auto_close_chat_panel", "duration_after_last_message")
    ENABLE_AUTO_CLOSE_CHAT_PANEL_FIELD_NUMBER: _ClassVar[int]
    DURATION_AFTER_LAST_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    enable_auto_close_chat_panel: bool
    duration_after_last_message: int
    def __init__(self, enable_auto_close_chat_panel: _Optional[bool] = ..., duration_after_last_message: _Optional[int] = ...) -> None: ...

class ChatFeatures(_message.Message):
    __slots__ = ("is_allow", "is_allow_file_upload", "allowed_file_types", "max_file_size")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_FILE_UPLOAD_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FILE_TYPES_FIELD_NUMBER: _ClassVar[int]
    MAX_FILE_SIZE_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_allow_file_upload: bool
    allowed_file_types: _containers.RepeatedScalarFieldContainer[str]
    max_file_size: int
    def __init__(self, is_allow: _Optional[bool] = ..., is_allow_file_upload: _Optional[bool] = ..., allowed_file_types: _Optional[_Iterable[str]] = ..., max_file_size: _Optional[int] = ...) -> None: ...

class SharedNotePadFeatures(_message.Message):
    __slots__ = ("is_allow", "is_active", "visible", "node_id", "host", "note_pad_id", "read_only_pad_id")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    NOTE_PAD_ID_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_PAD_ID_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_active: bool
    visible: bool
    node_id: str
    host: str
    note_pad_id: str
    read_only_pad_id: str
    def __init__(self, is_allow: _Optional[bool] = ..., is_active: _Optional[bool] = ..., visible: _Optional[bool] = ..., node_id: _Optional[str] = ..., host: _Optional[str] = ..., note_pad_id: _Optional[str] = ..., read_only_pad_id: _Optional[str] = ...) -> None: ...

class WhiteboardFeatures(_message.Message):
    __slots__ = ("is_allow", "visible", "preload_file", "whiteboard_file_id", "file_name", "file_path", "total_pages", "max_allowed_file_size")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    PRELOAD_FILE_FIELD_NUMBER: _ClassVar[int]
    WHITEBOARD_FILE_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    FILE_PATH_FIELD_NUMBER: _ClassVar[int]
    TOTAL_PAGES_FIELD_NUMBER: _ClassVar[int]
    MAX_ALLOWED_FILE_SIZE_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    visible: bool
    preload_file: str
    whiteboard_file_id: str
    file_name: str
    file_path: str
    total_pages: int
    max_allowed_file_size: int
    def __init__(self, is_allow: _Optional[bool] = ..., visible: _Optional[bool] = ..., preload_file: _Optional[str] = ..., whiteboard_file_id: _Optional[str] = ..., file_name: _Optional[str] = ..., file_path: _Optional[str] = ..., total_pages: _Optional[int] = ..., max_allowed_file_size: _Optional[int] = ...) -> None: ...

class ExternalMediaPlayerFeatures(_message.Message):
    __slots__ = ("is_allow", "is_active", "shared_by", "url")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    SHARED_BY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_active: bool
    shared_by: str
    url: str
    def __init__(self, is_allow: _Optional[bool] = ..., is_active: _Optional[bool] = ..., shared_by: _Optional[str] = ..., url: _Optional[str] = ...) -> None: ...

class WaitingRoomFeatures(_message.Message):
    __slots__ = ("is_active", "waiting_room_msg")
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    WAITING_ROOM_MSG_FIELD_NUMBER: _ClassVar[int]
    is_active: bool
    waiting_room_msg: str
    def __init__(self, is_active: _Optional[bool] = ..., waiting_room_msg: _Optional[str] = ...) -> None: ...

class BreakoutRoomFeatures(_message.Message):
    __slots__ = ("is_allow", "is_active", "allowed_number_rooms")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_NUMBER_ROOMS_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_active: bool
    allowed_number_rooms: int
    def __init__(self, is_allow: _Optional[bool] = ..., is_active: _Optional[bool] = ..., allowed_number_rooms: _Optional[int] = ...) -> None: ...

class DisplayExternalLinkFeatures(_message.Message):
    __slots__ = ("is_allow", "is_active", "link", "shared_by")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    SHARED_BY_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_active: bool
    link: str
    shared_by: str
    def __init__(self, is_allow: _Optional[bool] = ..., is_active: _Optional[bool] = ..., link: _Optional[str] = ..., shared_by: _Optional[str] = ...) -> None: ...

class IngressFeatures(_message.Message):
    __slots__ = ("is_allow", "input_type", "url", "stream_key")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    INPUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    STREAM_KEY_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    input_type: IngressInput
    url: str
    stream_key: str
    def __init__(self, is_allow: _Optional[bool] = ..., input_type: _Optional[_Union[IngressInput, str]] = ..., url: _Optional[str] = ..., stream_key: _Optional[str] = ...) -> None: ...

class PollsFeatures(_message.Message):
    __slots__ = ("is_allow", "is_active")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_active: bool
    def __init__(self, is_allow: _Optional[bool] = ..., is_active: _Optional[bool] = ...) -> None: ...

class SipDialInFeatures(_message.Message):
    __slots__ = ("is_allow", "enable_dial_in_on_create", "hide_phone_number", "is_active", "phone_numbers", "pin", "dispatch_rule_id")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    ENABLE_DIAL_IN_ON_CREATE_FIELD_NUMBER: _ClassVar[int]
    HIDE_PHONE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    PHONE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    enable_dial_in_on_create: bool
    hide_phone_number: bool
    is_active: bool
    phone_numbers: _containers.RepeatedScalarFieldContainer[str]
    pin: str
    dispatch_rule_id: str
    def __init__(self, is_allow: _Optional[bool] = ..., enable_dial_in_on_create: _Optional[bool] = ..., hide_phone_number: _Optional[bool] = ..., is_active: _Optional[bool] = ..., phone_numbers: _Optional[_Iterable[str]] = ..., pin: _Optional[str] = ..., dispatch_rule_id: _Optional[str] = ...) -> None: ...

class InsightsFeatures(_message.Message):
    __slots__ = ("is_allow", "transcription_features", "chat_translation_features", "ai_features")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPTION_FEATURES_FIELD_NUMBER: _ClassVar[int]
    CHAT_TRANSLATION_FEATURES_FIELD_NUMBER: _ClassVar[int]
    AI_FEATURES_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    transcription_features: InsightsTranscriptionFeatures
    chat_translation_features: InsightsChatTranslationFeatures
    ai_features: InsightsAIFeatures
    def __init__(self, is_allow: _Optional[bool] = ..., transcription_features: _Optional[_Union[InsightsTranscriptionFeatures, _Mapping]] = ..., chat_translation_features: _Optional[_Union[InsightsChatTranslationFeatures, _Mapping]] = ..., ai_features: _Optional[_Union[InsightsAIFeatures, _Mapping]] = ...) -> None: ...

class InsightsTranscriptionFeatures(_message.Message):
    __slots__ = ("is_allow", "is_allow_translation", "is_allow_speech_synthesis", "is_enabled", "allowed_spoken_langs", "allowed_speech_users", "is_enabled_translation", "max_selected_trans_langs", "allowed_trans_langs", "default_subtitle_lang", "is_enabled_speech_synthesis")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_TRANSLATION_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOW_SPEECH_SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SPOKEN_LANGS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SPEECH_USERS_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_TRANSLATION_FIELD_NUMBER: _ClassVar[int]
    MAX_SELECTED_TRANS_LANGS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TRANS_LANGS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_SUBTITLE_LANG_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_SPEECH_SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_allow_translation: bool
    is_allow_speech_synthesis: bool
    is_enabled: bool
    allowed_spoken_langs: _containers.RepeatedScalarFieldContainer[str]
    allowed_speech_users: _containers.RepeatedScalarFieldContainer[str]
    is_enabled_translation: bool
    max_selected_trans_langs: int
    allowed_trans_langs: _containers.RepeatedScalarFieldContainer[str]
    default_subtitle_lang: str
    is_enabled_speech_synthesis: bool
    def __init__(self, is_allow: _Optional[bool] = ..., is_allow_translation: _Optional[bool] = ..., is_allow_speech_synthesis: _Optional[bool] = ..., is_enabled: _Optional[bool] = ..., allowed_spoken_langs: _Optional[_Iterable[str]] = ..., allowed_speech_users: _Optional[_Iterable[str]] = ..., is_enabled_translation: _Optional[bool] = ..., max_selected_trans_langs: _Optional[int] = ..., allowed_trans_langs: _Optional[_Iterable[str]] = ..., default_subtitle_lang: _Optional[str] = ..., is_enabled_speech_synthesis: _Optional[bool] = ...) -> None: ...

class InsightsChatTranslationFeatures(_message.Message):
    __slots__ = ("is_allow", "is_enabled", "allowed_trans_langs", "max_selected_trans_langs", "default_lang")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TRANS_LANGS_FIELD_NUMBER: _ClassVar[int]
    MAX_SELECTED_TRANS_LANGS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_LANG_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_enabled: bool
    allowed_trans_langs: _containers.RepeatedScalarFieldContainer[str]
    max_selected_trans_langs: int
    default_lang: str
    def __init__(self, is_allow: _Optional[bool] = ..., is_enabled: _Optional[bool] = ..., allowed_trans_langs: _Optional[_Iterable[str]] = ..., max_selected_trans_langs: _Optional[int] = ..., default_lang: _Optional[str] = ...) -> None: ...

class InsightsAIFeatures(_message.Message):
    __slots__ = ("is_allow", "ai_text_chat_features", "meeting_summarization_features")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    AI_TEXT_CHAT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    MEETING_SUMMARIZATION_FEATURES_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    ai_text_chat_features: InsightsAITextChatFeatures
    meeting_summarization_features: InsightsAIMeetingSummarizationFeatures
    def __init__(self, is_allow: _Optional[bool] = ..., ai_text_chat_features: _Optional[_Union[InsightsAITextChatFeatures, _Mapping]] = ..., meeting_summarization_features: _Optional[_Union[InsightsAIMeetingSummarizationFeatures, _Mapping]] = ...) -> None: ...

class InsightsAITextChatFeatures(_message.Message):
    __slots__ = ("is_allow", "is_enabled", "is_allowed_everyone", "allowed_user_ids")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOWED_EVERYONE_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_USER_IDS_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    is_enabled: bool
    is_allowed_everyone: bool
    allowed_user_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, is_allow: _Optional[bool] = ..., is_enabled: _Optional[bool] = ..., is_allowed_everyone: _Optional[bool] = ..., allowed_user_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class InsightsAIMeetingSummarizationFeatures(_message.Message):
    __slots__ = ("is_allow", "summarization_prompt", "is_enabled")
    IS_ALLOW_FIELD_NUMBER: _ClassVar[int]
    SUMMARIZATION_PROMPT_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    is_allow: bool
    summarization_prompt: str
    is_enabled: bool
    def __init__(self, is_allow: _Optional[bool] = ..., summarization_prompt: _Optional[str] = ..., is_enabled: _Optional[bool] = ...) -> None: ...

class CopyrightConf(_message.Message):
    __slots__ = ("display", "text")
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    display: bool
    text: str
    def __init__(self, display: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...

class LockSettings(_message.Message):
    __slots__ = ("lock_microphone", "lock_webcam", "lock_screen_sharing", "lock_chat", "lock_chat_send_message", "lock_chat_file_share", "lock_private_chat", "lock_whiteboard", "lock_shared_notepad", "lock_reactions")
    LOCK_MICROPHONE_FIELD_NUMBER: _ClassVar[int]
    LOCK_WEBCAM_FIELD_NUMBER: _ClassVar[int]
    LOCK_SCREEN_SHARING_FIELD_NUMBER: _ClassVar[int]
    LOCK_CHAT_FIELD_NUMBER: _ClassVar[int]
    LOCK_CHAT_SEND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LOCK_CHAT_FILE_SHARE_FIELD_NUMBER: _ClassVar[int]
    LOCK_PRIVATE_CHAT_FIELD_NUMBER: _ClassVar[int]
    LOCK_WHITEBOARD_FIELD_NUMBER: _ClassVar[int]
    LOCK_SHARED_NOTEPAD_FIELD_NUMBER: _ClassVar[int]
    LOCK_REACTIONS_FIELD_NUMBER: _ClassVar[int]
    lock_microphone: bool
    lock_webcam: bool
    lock_screen_sharing: bool
    lock_chat: bool
    lock_chat_send_message: bool
    lock_chat_file_share: bool
    lock_private_chat: bool
    lock_whiteboard: bool
    lock_shared_notepad: bool
    lock_reactions: bool
    def __init__(self, lock_microphone: _Optional[bool] = ..., lock_webcam: _Optional[bool] = ..., lock_screen_sharing: _Optional[bool] = ..., lock_chat: _Optional[bool] = ..., lock_chat_send_message: _Optional[bool] = ..., lock_chat_file_share: _Optional[bool] = ..., lock_private_chat: _Optional[bool] = ..., lock_whiteboard: _Optional[bool] = ..., lock_shared_notepad: _Optional[bool] = ..., lock_reactions: _Optional[bool] = ...) -> None: ...

class ActiveRoomInfo(_message.Message):
    __slots__ = ("room_title", "room_id", "sid", "joined_participants", "is_running", "is_recording", "is_active_rtmp", "webhook_url", "is_breakout_room", "parent_room_id", "creation_time", "metadata")
    ROOM_TITLE_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    SID_FIELD_NUMBER: _ClassVar[int]
    JOINED_PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    IS_RUNNING_FIELD_NUMBER: _ClassVar[int]
    IS_RECORDING_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_RTMP_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    IS_BREAKOUT_ROOM_FIELD_NUMBER: _ClassVar[int]
    PARENT_ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    CREATION_TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    room_title: str
    room_id: str
    sid: str
    joined_participants: int
    is_running: int
    is_recording: int
    is_active_rtmp: int
    webhook_url: str
    is_breakout_room: int
    parent_room_id: str
    creation_time: int
    metadata: str
    def __init__(self, room_title: _Optional[str] = ..., room_id: _Optional[str] = ..., sid: _Optional[str] = ..., joined_participants: _Optional[int] = ..., is_running: _Optional[int] = ..., is_recording: _Optional[int] = ..., is_active_rtmp: _Optional[int] = ..., webhook_url: _Optional[str] = ..., is_breakout_room: _Optional[int] = ..., parent_room_id: _Optional[str] = ..., creation_time: _Optional[int] = ..., metadata: _Optional[str] = ...) -> None: ...

class ParticipantInfo(_message.Message):
    __slots__ = ("sid", "identity", "metadata", "joined_at", "name")
    SID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    JOINED_AT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    sid: str
    identity: str
    metadata: str
    joined_at: int
    name: str
    def __init__(self, sid: _Optional[str] = ..., identity: _Optional[str] = ..., metadata: _Optional[str] = ..., joined_at: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class ActiveRoomWithParticipant(_message.Message):
    __slots__ = ("room_info", "participants_info")
    ROOM_INFO_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_INFO_FIELD_NUMBER: _ClassVar[int]
    room_info: ActiveRoomInfo
    participants_info: _containers.RepeatedCompositeFieldContainer[ParticipantInfo]
    def __init__(self, room_info: _Optional[_Union[ActiveRoomInfo, _Mapping]] = ..., participants_info: _Optional[_Iterable[_Union[ParticipantInfo, _Mapping]]] = ...) -> None: ...

class GetActiveRoomInfoReq(_message.Message):
    __slots__ = ("room_id",)
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    def __init__(self, room_id: _Optional[str] = ...) -> None: ...

class GetActiveRoomInfoRes(_message.Message):
    __slots__ = ("status", "msg", "status_code", "room")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    room: ActiveRoomWithParticipant
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ..., room: _Optional[_Union[ActiveRoomWithParticipant, _Mapping]] = ...) -> None: ...

class GetActiveRoomsInfoRes(_message.Message):
    __slots__ = ("status", "msg", "status_code", "rooms")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    rooms: _containers.RepeatedCompositeFieldContainer[ActiveRoomWithParticipant]
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ..., rooms: _Optional[_Iterable[_Union[ActiveRoomWithParticipant, _Mapping]]] = ...) -> None: ...

class IsRoomActiveReq(_message.Message):
    __slots__ = ("room_id",)
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    def __init__(self, room_id: _Optional[str] = ...) -> None: ...

class IsRoomActiveRes(_message.Message):
    __slots__ = ("status", "msg", "status_code", "is_active")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    is_active: bool
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ..., is_active: _Optional[bool] = ...) -> None: ...

class RoomEndReq(_message.Message):
    __slots__ = ("room_id",)
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    def __init__(self, room_id: _Optional[str] = ...) -> None: ...

class RoomEndRes(_message.Message):
    __slots__ = ("status", "msg", "status_code")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ...) -> None: ...

class GenerateTokenReq(_message.Message):
    __slots__ = ("room_id", "user_info")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_INFO_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    user_info: UserInfo
    def __init__(self, room_id: _Optional[str] = ..., user_info: _Optional[_Union[UserInfo, _Mapping]] = ...) -> None: ...

class GenerateTokenRes(_message.Message):
    __slots__ = ("status", "msg", "status_code", "token")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    status_code: StatusCode
    token: str
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., status_code: _Optional[_Union[StatusCode, str]] = ..., token: _Optional[str] = ...) -> None: ...

class UserInfo(_message.Message):
    __slots__ = ("name", "user_id", "is_admin", "is_hidden", "user_metadata", "client_type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    IS_ADMIN_FIELD_NUMBER: _ClassVar[int]
    IS_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    USER_METADATA_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    user_id: str
    is_admin: bool
    is_hidden: bool
    user_metadata: UserMetadata
    client_type: ClientType
    def __init__(self, name: _Optional[str] = ..., user_id: _Optional[str] = ..., is_admin: _Optional[bool] = ..., is_hidden: _Optional[bool] = ..., user_metadata: _Optional[_Union[UserMetadata, _Mapping]] = ..., client_type: _Optional[_Union[ClientType, str]] = ...) -> None: ...

class UserRaisedHand(_message.Message):
    __slots__ = ("is_raised", "raised_at")
    IS_RAISED_FIELD_NUMBER: _ClassVar[int]
    RAISED_AT_FIELD_NUMBER: _ClassVar[int]
    is_raised: bool
    raised_at: int
    def __init__(self, is_raised: _Optional[bool] = ..., raised_at: _Optional[int] = ...) -> None: ...

class UserMetadata(_message.Message):
    __slots__ = ("profile_pic", "is_admin", "record_webcam", "is_presenter", "raised_hand", "wait_for_approval", "preferred_lang", "lock_settings", "metadata_id", "extra_data", "ex_user_id")
    class ExtraDataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PROFILE_PIC_FIELD_NUMBER: _ClassVar[int]
    IS_ADMIN_FIELD_NUMBER: _ClassVar[int]
    RECORD_WEBCAM_FIELD_NUMBER: _ClassVar[int]
    IS_PRESENTER_FIELD_NUMBER: _ClassVar[int]
    RAISED_HAND_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_LANG_FIELD_NUMBER: _ClassVar[int]
    LOCK_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    METADATA_ID_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DATA_FIELD_NUMBER: _ClassVar[int]
    EX_USER_ID_FIELD_NUMBER: _ClassVar[int]
    profile_pic: str
    is_admin: bool
    record_webcam: bool
    is_presenter: bool
    raised_hand: UserRaisedHand
    wait_for_approval: bool
    preferred_lang: str
    lock_settings: LockSettings
    metadata_id: str
    extra_data: _containers.ScalarMap[str, str]
    ex_user_id: str
    def __init__(self, profile_pic: _Optional[str] = ..., is_admin: _Optional[bool] = ..., record_webcam: _Optional[bool] = ..., is_presenter: _Optional[bool] = ..., raised_hand: _Optional[_Union[UserRaisedHand, _Mapping]] = ..., wait_for_approval: _Optional[bool] = ..., preferred_lang: _Optional[str] = ..., lock_settings: _Optional[_Union[LockSettings, _Mapping]] = ..., metadata_id: _Optional[str] = ..., extra_data: _Optional[_Mapping[str, str]] = ..., ex_user_id: _Optional[str] = ...) -> None: ...

class PlugNmeetTokenClaims(_message.Message):
    __slots__ = ("name", "user_id", "room_id", "is_admin", "is_hidden", "client_type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    IS_ADMIN_FIELD_NUMBER: _ClassVar[int]
    IS_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    user_id: str
    room_id: str
    is_admin: bool
    is_hidden: bool
    client_type: ClientType
    def __init__(self, name: _Optional[str] = ..., user_id: _Optional[str] = ..., room_id: _Optional[str] = ..., is_admin: _Optional[bool] = ..., is_hidden: _Optional[bool] = ..., client_type: _Optional[_Union[ClientType, str]] = ...) -> None: ...

class VerifyTokenReq(_message.Message):
    __slots__ = ("is_production",)
    IS_PRODUCTION_FIELD_NUMBER: _ClassVar[int]
    is_production: bool
    def __init__(self, is_production: _Optional[bool] = ...) -> None: ...

class VerifyTokenRes(_message.Message):
    __slots__ = ("status", "msg", "nats_ws_urls", "server_version", "room_id", "user_id", "room_stream_name", "nats_subjects", "enabled_self_insert_encryption_key", "is_cloud", "client_type")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    NATS_WS_URLS_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_STREAM_NAME_FIELD_NUMBER: _ClassVar[int]
    NATS_SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_SELF_INSERT_ENCRYPTION_KEY_FIELD_NUMBER: _ClassVar[int]
    IS_CLOUD_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    nats_ws_urls: _containers.RepeatedScalarFieldContainer[str]
    server_version: str
    room_id: str
    user_id: str
    room_stream_name: str
    nats_subjects: NatsSubjects
    enabled_self_insert_encryption_key: bool
    is_cloud: bool
    client_type: ClientType
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., nats_ws_urls: _Optional[_Iterable[str]] = ..., server_version: _Optional[str] = ..., room_id: _Optional[str] = ..., user_id: _Optional[str] = ..., room_stream_name: _Optional[str] = ..., nats_subjects: _Optional[_Union[NatsSubjects, _Mapping]] = ..., enabled_self_insert_encryption_key: _Optional[bool] = ..., is_cloud: _Optional[bool] = ..., client_type: _Optional[_Union[ClientType, str]] = ...) -> None: ...

class NatsSubjects(_message.Message):
    __slots__ = ("system_api_worker", "system_js_worker", "system_core_worker", "system_public", "system_private", "chat", "whiteboard", "data_channel")
    SYSTEM_API_WORKER_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_JS_WORKER_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_CORE_WORKER_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_PUBLIC_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_PRIVATE_FIELD_NUMBER: _ClassVar[int]
    CHAT_FIELD_NUMBER: _ClassVar[int]
    WHITEBOARD_FIELD_NUMBER: _ClassVar[int]
    DATA_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    system_api_worker: str
    system_js_worker: str
    system_core_worker: str
    system_public: str
    system_private: str
    chat: str
    whiteboard: str
    data_channel: str
    def __init__(self, system_api_worker: _Optional[str] = ..., system_js_worker: _Optional[str] = ..., system_core_worker: _Optional[str] = ..., system_public: _Optional[str] = ..., system_private: _Optional[str] = ..., chat: _Optional[str] = ..., whiteboard: _Optional[str] = ..., data_channel: _Optional[str] = ...) -> None: ...

class NatsMsgServerToClient(_message.Message):
    __slots__ = ("id", "event", "msg", "bin_msg")
    ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    BIN_MSG_FIELD_NUMBER: _ClassVar[int]
    id: str
    event: NatsMsgServerToClientEvents
    msg: str
    bin_msg: bytes
    def __init__(self, id: _Optional[str] = ..., event: _Optional[_Union[NatsMsgServerToClientEvents, str]] = ..., msg: _Optional[str] = ..., bin_msg: _Optional[bytes] = ...) -> None: ...

class NatsMsgClientToServer(_message.Message):
    __slots__ = ("id", "event", "msg", "bin_msg")
    ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    BIN_MSG_FIELD_NUMBER: _ClassVar[int]
    id: str
    event: NatsMsgClientToServerEvents
    msg: str
    bin_msg: bytes
    def __init__(self, id: _Optional[str] = ..., event: _Optional[_Union[NatsMsgClientToServerEvents, str]] = ..., msg: _Optional[str] = ..., bin_msg: _Optional[bytes] = ...) -> None: ...

class NatsKvRoomInfo(_message.Message):
    __slots__ = ("db_table_id", "room_id", "room_sid", "status", "empty_timeout", "max_participants", "metadata", "created_at")
    DB_TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_SID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EMPTY_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    db_table_id: int
    room_id: str
    room_sid: str
    status: str
    empty_timeout: int
    max_participants: int
    metadata: str
    created_at: int
    def __init__(self, db_table_id: _Optional[int] = ..., room_id: _Optional[str] = ..., room_sid: _Optional[str] = ..., status: _Optional[str] = ..., empty_timeout: _Optional[int] = ..., max_participants: _Optional[int] = ..., metadata: _Optional[str] = ..., created_at: _Optional[int] = ...) -> None: ...

class NatsKvUserInfo(_message.Message):
    __slots__ = ("user_id", "user_sid", "name", "room_id", "is_admin", "is_presenter", "metadata", "joined_at", "reconnected_at", "disconnected_at", "client_type")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_SID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    IS_ADMIN_FIELD_NUMBER: _ClassVar[int]
    IS_PRESENTER_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    JOINED_AT_FIELD_NUMBER: _ClassVar[int]
    RECONNECTED_AT_FIELD_NUMBER: _ClassVar[int]
    DISCONNECTED_AT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    user_sid: str
    name: str
    room_id: str
    is_admin: bool
    is_presenter: bool
    metadata: str
    joined_at: int
    reconnected_at: int
    disconnected_at: int
    client_type: ClientType
    def __init__(self, user_id: _Optional[str] = ..., user_sid: _Optional[str] = ..., name: _Optional[str] = ..., room_id: _Optional[str] = ..., is_admin: _Optional[bool] = ..., is_presenter: _Optional[bool] = ..., metadata: _Optional[str] = ..., joined_at: _Optional[int] = ..., reconnected_at: _Optional[int] = ..., disconnected_at: _Optional[int] = ..., client_type: _Optional[_Union[ClientType, str]] = ...) -> None: ...

class NatsInitialData(_message.Message):
    __slots__ = ("room", "local_user")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    LOCAL_USER_FIELD_NUMBER: _ClassVar[int]
    room: NatsKvRoomInfo
    local_user: NatsKvUserInfo
    def __init__(self, room: _Optional[_Union[NatsKvRoomInfo, _Mapping]] = ..., local_user: _Optional[_Union[NatsKvUserInfo, _Mapping]] = ...) -> None: ...

class MediaServerConnInfo(_message.Message):
    __slots__ = ("url", "token", "enabled_e2ee", "native_token")
    URL_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENABLED_E2EE_FIELD_NUMBER: _ClassVar[int]
    NATIVE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    url: str
    token: str
    enabled_e2ee: bool
    native_token: str
    def __init__(self, url: _Optional[str] = ..., token: _Optional[str] = ..., enabled_e2ee: _Optional[bool] = ..., native_token: _Optional[str] = ...) -> None: ...

class NatsUserMetadataUpdate(_message.Message):
    __slots__ = ("user_id", "metadata")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    metadata: str
    def __init__(self, user_id: _Optional[str] = ..., metadata: _Optional[str] = ...) -> None: ...

class PrivateDataDelivery(_message.Message):
    __slots__ = ("to_user_id", "echo_to_sender", "type")
    TO_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ECHO_TO_SENDER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    to_user_id: str
    echo_to_sender: bool
    type: str
    def __init__(self, to_user_id: _Optional[str] = ..., echo_to_sender: _Optional[bool] = ..., type: _Optional[str] = ...) -> None: ...

class NatsSystemNotification(_message.Message):
    __slots__ = ("id", "type", "msg", "sent_at", "with_sound")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    WITH_SOUND_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: NatsSystemNotificationTypes
    msg: str
    sent_at: int
    with_sound: bool
    def __init__(self, id: _Optional[str] = ..., type: _Optional[_Union[NatsSystemNotificationTypes, str]] = ..., msg: _Optional[str] = ..., sent_at: _Optional[int] = ..., with_sound: _Optional[bool] = ...) -> None: ...

class ChatMessage(_message.Message):
    __slots__ = ("id", "from_name", "from_user_id", "sent_at", "to_user_id", "is_private", "message", "from_admin", "source_lang", "translations")
    class TranslationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    FROM_NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_USER_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    TO_USER_ID_FIELD_NUMBER: _ClassVar[int]
    IS_PRIVATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FROM_ADMIN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_LANG_FIELD_NUMBER: _ClassVar[int]
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    from_name: str
    from_user_id: str
    sent_at: int
    to_user_id: str
    is_private: bool
    message: str
    from_admin: bool
    source_lang: str
    translations: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., from_name: _Optional[str] = ..., from_user_id: _Optional[str] = ..., sent_at: _Optional[int] = ..., to_user_id: _Optional[str] = ..., is_private: _Optional[bool] = ..., message: _Optional[str] = ..., from_admin: _Optional[bool] = ..., source_lang: _Optional[str] = ..., translations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DataChannelMessage(_message.Message):
    __slots__ = ("id", "type", "from_user_id", "to_user_id", "message")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    FROM_USER_ID_FIELD_NUMBER: _ClassVar[int]
    TO_USER_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: DataMsgBodyType
    from_user_id: str
    to_user_id: str
    message: str
    def __init__(self, id: _Optional[str] = ..., type: _Optional[_Union[DataMsgBodyType, str]] = ..., from_user_id: _Optional[str] = ..., to_user_id: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class RecordingReq(_message.Message):
    __slots__ = ("task", "room_id", "room_table_id", "sid", "rtmp_url", "custom_design", "recording_variant", "recorder_bot_options")
    TASK_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    SID_FIELD_NUMBER: _ClassVar[int]
    RTMP_URL_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_DESIGN_FIELD_NUMBER: _ClassVar[int]
    RECORDING_VARIANT_FIELD_NUMBER: _ClassVar[int]
    RECORDER_BOT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    task: RecordingTasks
    room_id: str
    room_table_id: int
    sid: str
    rtmp_url: str
    custom_design: str
    recording_variant: CloudRecordingVariants
    recorder_bot_options: RecorderBotOptions
    def __init__(self, task: _Optional[_Union[RecordingTasks, str]] = ..., room_id: _Optional[str] = ..., room_table_id: _Optional[int] = ..., sid: _Optional[str] = ..., rtmp_url: _Optional[str] = ..., custom_design: _Optional[str] = ..., recording_variant: _Optional[_Union[CloudRecordingVariants, str]] = ..., recorder_bot_options: _Optional[_Union[RecorderBotOptions, _Mapping]] = ...) -> None: ...

class PlugNmeetToRecorder(_message.Message):
    __slots__ = ("task", "room_table_id", "room_id", "room_sid", "recording_id", "recorder_id", "access_token", "rtmp_url")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    ROOM_TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_SID_FIELD_NUMBER: _ClassVar[int]
    RECORDING_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RTMP_URL_FIELD_NUMBER: _ClassVar[int]
    task: RecordingTasks
    room_table_id: int
    room_id: str
    room_sid: str
    recording_id: str
    recorder_id: str
    access_token: str
    rtmp_url: str
    def __init__(self, task: _Optional[_Union[RecordingTasks, str]] = ..., room_table_id: _Optional[int] = ..., room_id: _Optional[str] = ..., room_sid: _Optional[str] = ..., recording_id: _Optional[str] = ..., recorder_id: _Optional[str] = ..., access_token: _Optional[str] = ..., rtmp_url: _Optional[str] = ..., **kwargs) -> None: ...

class RecorderToPlugNmeet(_message.Message):
    __slots__ = ("task", "status", "msg", "recording_id", "room_id", "room_sid", "recorder_id", "file_path", "file_size", "room_table_id", "recording_variant")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    RECORDING_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_SID_FIELD_NUMBER: _ClassVar[int]
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_PATH_FIELD_NUMBER: _ClassVar[int]
    FILE_SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOM_TABLE_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDING_VARIANT_FIELD_NUMBER: _ClassVar[int]
    task: RecordingTasks
    status: bool
    msg: str
    recording_id: str
    room_id: str
    room_sid: str
    recorder_id: str
    file_path: str
    file_size: float
    room_table_id: int
    recording_variant: CloudRecordingVariants
    def __init__(self, task: _Optional[_Union[RecordingTasks, str]] = ..., status: _Optional[bool] = ..., msg: _Optional[str] = ..., recording_id: _Optional[str] = ..., room_id: _Optional[str] = ..., room_sid: _Optional[str] = ..., recorder_id: _Optional[str] = ..., file_path: _Optional[str] = ..., file_size: _Optional[float] = ..., room_table_id: _Optional[int] = ..., recording_variant: _Optional[_Union[CloudRecordingVariants, str]] = ..., **kwargs) -> None: ...

class CreateIngressReq(_message.Message):
    __slots__ = ("input_type", "participant_name", "room_id")
    INPUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    input_type: IngressInput
    participant_name: str
    room_id: str
    def __init__(self, input_type: _Optional[_Union[IngressInput, str]] = ..., participant_name: _Optional[str] = ..., room_id: _Optional[str] = ...) -> None: ...

class CreateIngressRes(_message.Message):
    __slots__ = ("status", "msg", "input_type", "url", "stream_key")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    INPUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    STREAM_KEY_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    input_type: IngressInput
    url: str
    stream_key: str
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., input_type: _Optional[_Union[IngressInput, str]] = ..., url: _Optional[str] = ..., stream_key: _Optional[str] = ...) -> None: ...

class ChangeVisibilityRes(_message.Message):
    __slots__ = ("room_id", "visible_notepad", "visible_white_board")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_NOTEPAD_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_WHITE_BOARD_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    visible_notepad: bool
    visible_white_board: bool
    def __init__(self, room_id: _Optional[str] = ..., visible_notepad: _Optional[bool] = ..., visible_white_board: _Optional[bool] = ...) -> None: ...

class EnableSipDialInReq(_message.Message):
    __slots__ = ("room_id", "hide_phone_number")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    HIDE_PHONE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    hide_phone_number: bool
    def __init__(self, room_id: _Optional[str] = ..., hide_phone_number: _Optional[bool] = ...) -> None: ...

class InsightsTranscriptionConfigReq(_message.Message):
    __slots__ = ("is_enabled", "allowed_spoken_langs", "allowed_speech_users", "is_enabled_translation", "allowed_trans_langs", "default_subtitle_lang", "is_enabled_speech_synthesis")
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SPOKEN_LANGS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SPEECH_USERS_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_TRANSLATION_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TRANS_LANGS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_SUBTITLE_LANG_FIELD_NUMBER: _ClassVar[int]
    IS_ENABLED_SPEECH_SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    is_enabled: bool
    allowed_spoken_langs: _containers.RepeatedScalarFieldContainer[str]
    allowed_speech_users: _containers.RepeatedScalarFieldContainer[str]
    is_enabled_translation: bool
    allowed_trans_langs: _containers.RepeatedScalarFieldContainer[str]
    default_subtitle_lang: str
    is_enabled_speech_synthesis: bool
    def __init__(self, is_enabled: _Optional[bool] = ..., allowed_spoken_langs: _Optional[_Iterable[str]] = ..., allowed_speech_users: _Optional[_Iterable[str]] = ..., is_enabled_translation: _Optional[bool] = ..., allowed_trans_langs: _Optional[_Iterable[str]] = ..., default_subtitle_lang: _Optional[str] = ..., is_enabled_speech_synthesis: _Optional[bool] = ...) -> None: ...

class InsightsTranscriptionUserSessionReq(_message.Message):
    __slots__ = ("action", "spoken_lang", "allowed_transcription_storage")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_LANG_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TRANSCRIPTION_STORAGE_FIELD_NUMBER: _ClassVar[int]
    action: InsightsUserSessionAction
    spoken_lang: str
    allowed_transcription_storage: bool
    def __init__(self, action: _Optional[_Union[InsightsUserSessionAction, str]] = ..., spoken_lang: _Optional[str] = ..., allowed_transcription_storage: _Optional[bool] = ...) -> None: ...

class InsightsTranscriptionResult(_message.Message):
    __slots__ = ("from_user_id", "from_user_name", "lang", "text", "is_partial", "allowed_transcription_storage", "translations")
    class TranslationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FROM_USER_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_USER_NAME_FIELD_NUMBER: _ClassVar[int]
    LANG_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IS_PARTIAL_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TRANSCRIPTION_STORAGE_FIELD_NUMBER: _ClassVar[int]
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    from_user_id: str
    from_user_name: str
    lang: str
    text: str
    is_partial: bool
    allowed_transcription_storage: bool
    translations: _containers.ScalarMap[str, str]
    def __init__(self, from_user_id: _Optional[str] = ..., from_user_name: _Optional[str] = ..., lang: _Optional[str] = ..., text: _Optional[str] = ..., is_partial: _Optional[bool] = ..., allowed_transcription_storage: _Optional[bool] = ..., translations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class InsightsAIMeetingSummarizationConfigReq(_message.Message):
    __slots__ = ("is_enabled", "summarization_prompt")
    IS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    SUMMARIZATION_PROMPT_FIELD_NUMBER: _ClassVar[int]
    is_enabled: bool
    summarization_prompt: str
    def __init__(self, is_enabled: _Optional[bool] = ..., summarization_prompt: _Optional[str] = ...) -> None: ...

class CreateBreakoutRoomsReq(_message.Message):
    __slots__ = ("room_id", "requested_user_id", "duration", "welcome_msg", "rooms")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_USER_ID_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    WELCOME_MSG_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    requested_user_id: str
    duration: int
    welcome_msg: str
    rooms: _containers.RepeatedCompositeFieldContainer[BreakoutRoom]
    def __init__(self, room_id: _Optional[str] = ..., requested_user_id: _Optional[str] = ..., duration: _Optional[int] = ..., welcome_msg: _Optional[str] = ..., rooms: _Optional[_Iterable[_Union[BreakoutRoom, _Mapping]]] = ...) -> None: ...

class BreakoutRoom(_message.Message):
    __slots__ = ("id", "title", "duration", "started", "created", "users")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    duration: int
    started: bool
    created: int
    users: _containers.RepeatedCompositeFieldContainer[BreakoutRoomUser]
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., duration: _Optional[int] = ..., started: _Optional[bool] = ..., created: _Optional[int] = ..., users: _Optional[_Iterable[_Union[BreakoutRoomUser, _Mapping]]] = ...) -> None: ...

class BreakoutRoomUser(_message.Message):
    __slots__ = ("id", "name", "joined")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    joined: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., joined: _Optional[bool] = ...) -> None: ...

class JoinBreakoutRoomReq(_message.Message):
    __slots__ = ("breakout_room_id", "user_id", "room_id", "is_admin")
    BREAKOUT_ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    IS_ADMIN_FIELD_NUMBER: _ClassVar[int]
    breakout_room_id: str
    user_id: str
    room_id: str
    is_admin: bool
    def __init__(self, breakout_room_id: _Optional[str] = ..., user_id: _Optional[str] = ..., room_id: _Optional[str] = ..., is_admin: _Optional[bool] = ...) -> None: ...

class BreakoutRoomRes(_message.Message):
    __slots__ = ("status", "msg", "token", "room", "rooms")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MSG_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    status: bool
    msg: str
    token: str
    room: BreakoutRoom
    rooms: _containers.RepeatedCompositeFieldContainer[BreakoutRoom]
    def __init__(self, status: _Optional[bool] = ..., msg: _Optional[str] = ..., token: _Optional[str] = ..., room: _Optional[_Union[BreakoutRoom, _Mapping]] = ..., rooms: _Optional[_Iterable[_Union[BreakoutRoom, _Mapping]]] = ...) -> None: ...

class NotifyEventRoom(_message.Message):
    __slots__ = ("sid", "room_id", "empty_timeout", "max_participants", "creation_time", "metadata", "num_participants")
    SID_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    EMPTY_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    CREATION_TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NUM_PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    sid: str
    room_id: str
    empty_timeout: int
    max_participants: int
    creation_time: int
    metadata: str
    num_participants: int
    def __init__(self, sid: _Optional[str] = ..., room_id: _Optional[str] = ..., empty_timeout: _Optional[int] = ..., max_participants: _Optional[int] = ..., creation_time: _Optional[int] = ..., metadata: _Optional[str] = ..., num_participants: _Optional[int] = ...) -> None: ...

class CommonNotifyEvent(_message.Message):
    __slots__ = ("event", "room", "participant", "id", "created_at")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    event: str
    room: NotifyEventRoom
    participant: ParticipantInfo
    id: str
    created_at: int
    def __init__(self, event: _Optional[str] = ..., room: _Optional[_Union[NotifyEventRoom, _Mapping]] = ..., participant: _Optional[_Union[ParticipantInfo, _Mapping]] = ..., id: _Optional[str] = ..., created_at: _Optional[int] = ...) -> None: ...
